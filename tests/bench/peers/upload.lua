-- wrk: the phones' requests in turn, each with a path and a User-Agent of its own.
local requests, at, body = {}, 0, string.rep("x", 6000)

function init(arguments)
  for number = 1, tonumber(arguments[1]) do
    local mac = string.format("00562b%06x", number)
    requests[number] = wrk.format("PUT", "/reports/" .. mac .. ".xml", {
      ["User-Agent"] = "Cisco-CP-8851-3PCC/12.0.7 (" .. mac .. ")",
      ["Accept-Encoding"] = "deflate, gzip",
      ["Accept"] = "*/*",
      ["Accept-Language"] = "en",
      ["Accept-Charset"] = "iso-8859-1",
    }, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
