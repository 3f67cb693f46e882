import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../../src/connectors/sandbox/server.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** @returns the status; null = no answer at all */
function ask(host: string, path: string, body?: object): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request(`${sandbox.url}${path}`, { method: body ? 'POST' : 'GET', headers: { host, ...(body && { 'content-type': 'application/json' }) } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once('error', () => resolve(null));
    asked.end(body && JSON.stringify(body));
  });
}

it('answers under every name below its own, and what befalls one of these worlds befalls no other', async () => {
  expect(await ask('one.sandbox.invalid', '/control/faults', { kind: 'status', world: 'one.sandbox.invalid' })).toBe(201);
  expect(await ask('one.sandbox.invalid', '/sandbox-alpha/api')).toBe(503);
  expect(await ask('two.sandbox.invalid', '/sandbox-alpha/api')).toBe(200);
  expect(await ask('sandbox.invalid', '/sandbox-alpha/api')).toBe(200);
  expect(await ask('sandbox.invalid.example.com', '/sandbox-alpha/api')).toBeNull();
});

it('takes what somebody posts by hand while its API is down', async () => {
  sandbox.faults.clear();
  sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, probability: 1 });
  expect(await ask('sandbox.invalid', '/control/posts', { platform: 'sandbox-beta', account: 'anna', text: 'By hand' })).toBe(201);
  expect(sandbox.store.counts({ account: 'anna' })).toMatchObject([{ text: 'By hand', visible: 1 }]);
  expect(await ask('sandbox.invalid', '/control/posts', { platform: 'elsewhere', account: 'anna', text: 'x' })).toBe(400);
});
