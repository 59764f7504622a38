-- wrk: so many phones' requests in turn, each with a path and a User-Agent of its own, and so many bytes.
local requests, at = {}, 0

function init(arguments)
  local body = string.rep("x", tonumber(arguments[2]))
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
