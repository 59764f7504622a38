// k6: as many virtual users as phones; each writes its report into a template's slots and sends it, sealed
// as `openssl enc -aes-256-cbc` does where SEAL says so. A report goes as bytes: k6 copies them least.
import { sha256 } from 'k6/crypto';
import exec from 'k6/execution';
import http from 'k6/http';

const phones = Number(__ENV.PHONES);
const template = open(__ENV.TEMPLATE);
const report = new Uint8Array(open(__ENV.TEMPLATE, 'b'));
const places = { M: [], N: [] };
for (const [slot, at] of [
  ['M', 'MMMMMMMMMMMM'],
  ['N', 'NNNNNNNN'],
]) {
  for (let place = template.indexOf(at); place >= 0; place = template.indexOf(at, place + 1)) {
    places[slot].push(place);
  }
}

export const options = {
  scenarios: { load: { executor: 'constant-vus', vus: phones, duration: '1h' } },
  noConnectionReuse: true,
  discardResponseBodies: true,
  systemTags: [],
};

const octets = (text) => new Uint8Array(Array.from(text, (sign) => sign.charCodeAt(0)));
const passphrase = octets('test123');
const magic = octets('Salted__');
const seeds = new Uint8Array(passphrase.length + 8);
const moreSeeds = new Uint8Array(32 + seeds.length);
const sealed = new Uint8Array(16 + report.length + 16 - (report.length % 16));
sealed.set(magic);

const count = octets('00000000');
let url, params, mac;

function build() {
  for (const place of places.M) report.set(mac, place);
  for (let digit = 7; ++count[digit] > 57; digit -= 1) count[digit] = 48;
  for (const place of places.N) report.set(count, place);
  return report.buffer;
}

async function seal(body) {
  const salt = crypto.getRandomValues(new Uint8Array(8));
  seeds.set(passphrase);
  seeds.set(salt, passphrase.length);
  const first = sha256(seeds.buffer, 'binary');
  moreSeeds.set(new Uint8Array(first));
  moreSeeds.set(seeds, 32);
  const iv = sha256(moreSeeds.buffer, 'binary').slice(0, 16);
  const key = await crypto.subtle.importKey('raw', first, 'AES-CBC', false, ['encrypt']);
  const blocks = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, body);
  sealed.set(salt, 8);
  sealed.set(new Uint8Array(blocks), 16);
  return sealed.buffer;
}

function begin() {
  const name = `005620${100100 + exec.vu.idInTest - 1}`;
  mac = octets(name);
  url = `http://127.0.0.1:${__ENV.PORT}/reports/${name}.xml`;
  params = {
    headers: {
      'User-Agent': `Cisco-CP-8851-3PCC/12.0.7 (${name})`,
      'Accept-Encoding': 'deflate, gzip',
      Accept: '*/*',
      'Accept-Language': 'en',
      'Accept-Charset': 'iso-8859-1',
    },
  };
}

function send(body) {
  const answer = http.put(url, body, params);
  if (answer.status !== 201) exec.test.abort(`answered ${answer.status}: ${answer.error}`);
}

export function plain() {
  if (!url) begin();
  send(build());
}

export async function encrypted() {
  if (!url) begin();
  send(await seal(build()));
}

options.scenarios.load.exec = __ENV.SEAL === 'sealed' ? 'encrypted' : 'plain';
