import type { FetchInit } from '../../src/core/transport.js';

/** What a careless platform may repeat of a request: its credential, else what it was sent. Notes the credential as secret. */
export function echoOf(init: FetchInit, secrets: Set<string>): string {
  const credential = Object.entries(init.headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1].split(' ').at(-1);
  if (credential === undefined) return typeof init.body === 'string' ? init.body.replaceAll('"', "'") : 'nothing';
  secrets.add(credential);
  return credential;
}

/** Status × body × headers out of a seed; some bodies echo what was sent, token and all. */
export function fuzzed(seed: number, secret: string): Response {
  const pick = <T>(from: readonly T[], salt: number): T => from[Math.floor(Math.abs(Math.sin(seed * 12.9898 + salt * 78.233)) * 43_758.5453) % from.length] as T;
  const status = pick([200, 200, 201, 202, 204, 206, 301, 302, 303, 400, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 422, 425, 429, 429, 451, 500, 500, 501, 502, 503, 503, 504, 520, 522, 599], 1);
  const body = pick([
    '', ' ', '{', 'null', 'true', '0', '""', '[]', '{}', '[{}]', '[null]', '\u0000', '\ufeff{}', 'x'.repeat(5_000), `Bearer ${secret}`,
    '{"id":null}', '{"id":{}}', '{"id":7,"url":7}', '{"error":null}', '{"error":[]}', '{"error":7}', '{"error":{"code":7}}', '{"error":{}}',
    `{"error":"token ${secret} is not valid"}`, `{"error":{"code":"x","message":"${secret}"}}`, `{"error":"InvalidToken","message":"${secret}"}`, `{"message":"${secret}"}`,
    `{"error":"${'y'.repeat(2_000)}"}`, `{"error":"X","message":"${'z'.repeat(2_000)}"}`, '{"posts":null,"next":7}', '{"feed":[{}],"records":[{}]}', '{"uri":"http://nobody","cid":""}',
    '<html><body>' + '<p>'.repeat(500), `<title>${secret}</title>`, JSON.stringify({ deep: JSON.stringify({ a: [1, { b: secret }] }) }),
  ], 3);
  const headers = pick<Record<string, string>>([
    {}, { 'content-type': 'text/html' }, { 'content-type': 'application/json' }, { 'retry-after': 'soon' }, { 'retry-after': '-5' }, { 'retry-after': '999999999999999' },
    { 'retry-after': '' }, { 'x-ratelimit-reset': 'Infinity' }, { 'ratelimit-reset': '1e400' }, { location: 'http://127.0.0.1/' }, { 'www-authenticate': `Bearer ${secret}` },
  ], 4);
  return new Response(status === 204 ? null : body, { status, headers });
}
