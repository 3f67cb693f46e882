import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectorById } from '../src/connectors/registry.js';
import { Clock } from '../src/infra/clock.js';
import { readConfig } from '../src/infra/config.js';
import { Outgoing } from '../src/infra/http/outgoing.js';
import { BuiltInSandbox } from '../src/sandbox.module.js';
import { partOf, worldOf } from './connectors/contract.js';
import { quietPort } from './kit/quiet-port.js';

let folder: string;
let port: number;
const running: { readonly outgoing: Outgoing; readonly sandbox: BuiltInSandbox }[] = [];

/** One process's share: its way out, and its sandbox. */
async function started(): Promise<{ outgoing: Outgoing; sandbox: BuiltInSandbox }> {
  const clock = new Clock();
  const config = readConfig({ PORT: String(port), DATA_DIR: folder, CONTROL_TARGETS: '' });
  const outgoing = new Outgoing(config, clock);
  const sandbox = new BuiltInSandbox(config, outgoing, clock);
  await sandbox.onApplicationBootstrap();
  running.push({ outgoing, sandbox });
  return { outgoing, sandbox };
}

async function stopAll(): Promise<void> {
  for (const { outgoing, sandbox } of running.splice(0)) {
    await outgoing.onApplicationShutdown();
    await sandbox.onApplicationShutdown();
  }
}

async function post(outgoing: Outgoing, n: number): Promise<string> {
  const { world } = worldOf({ fetch: outgoing.fetch(), now: () => Date.now(), isCommit: () => false } as never);
  const connector = connectorById('sandbox-alpha');
  const outcome = await connector.commit(partOf(`n ${n}`, n), connector.account.parse({ account: 'demo', token: 'any' }), world);
  return outcome.kind === 'delivered' ? outcome.remoteId : outcome.kind;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  port = await quietPort();
});
afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

describe('the sandbox inside Postern', () => {
  it('is reached by an account that names no server, while loopback stays shut', async () => {
    const { outgoing, sandbox } = await started();
    expect(await post(outgoing, 1)).toBe('p1');
    await expect(outgoing.fetch()(`${sandbox.url}/control/posts`)).rejects.toMatchObject({ kind: 'guard' });
  });

  it('is one for all processes of a machine, and keeps its posts and its place over a restart', async () => {
    const first = await started();
    const second = await started();
    expect(second.sandbox.url).toBe(first.sandbox.url);
    expect([await post(first.outgoing, 1), await post(second.outgoing, 2)]).toEqual(['p1', 'p2']);
    await stopAll();
    const again = await started();
    expect(again.sandbox.url).toBe(first.sandbox.url);
    expect(await post(again.outgoing, 3)).toBe('p3');
  });

  it('goes elsewhere when a stranger holds its port', async () => {
    const stranger = createServer((socket) => socket.resume().end('220 mail ESMTP\r\n'));
    await new Promise<void>((resolve) => stranger.listen(port + 1, '127.0.0.1', resolve));
    const { outgoing, sandbox } = await started();
    expect(sandbox.url).not.toContain(`:${port + 1}`);
    expect(await post(outgoing, 1)).toBe('p1');
    await new Promise((resolve) => stranger.close(resolve));
  });
});
