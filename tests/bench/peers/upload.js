// k6: as many virtual users as phones, each with a path, a User-Agent and a connection of its own.
import exec from 'k6/execution';
import http from 'k6/http';

const phones = Number(__ENV.PHONES);
const body = 'x'.repeat(6000);

export const options = {
  scenarios: { load: { executor: 'constant-vus', vus: phones, duration: '1h' } },
  noConnectionReuse: __ENV.HOW === 'new',
  discardResponseBodies: true,
  systemTags: [],
};

let url, params;

export default function () {
  if (!url) {
    const mac = '00562b' + exec.vu.idInTest.toString(16).padStart(6, '0');
    url = `http://127.0.0.1:${__ENV.PORT}/reports/${mac}.xml`;
    params = {
      headers: {
        'User-Agent': `Cisco-CP-8851-3PCC/12.0.7 (${mac})`,
        'Accept-Encoding': 'deflate, gzip',
        Accept: '*/*',
        'Accept-Language': 'en',
        'Accept-Charset': 'iso-8859-1',
      },
    };
  }
  const answer = http.put(url, body, params);
  if (answer.status !== 201) exec.test.abort(`answered ${answer.status}: ${answer.error}`);
}
