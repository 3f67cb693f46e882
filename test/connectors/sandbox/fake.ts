import { failure, type Reply } from '../../../src/connectors/sandbox/reply.js';
import { startSandbox } from '../../../src/connectors/sandbox/server.js';
import { Clock } from '../../../src/infra/clock.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import type { MakePeer } from '../contract.js';

/** The real sandbox server, reached through the real way out. */
export function makePeerOf(platform: string): MakePeer {
  return async () => {
    const sandbox = await startSandbox();
    const outgoing = new Outgoing({ ALLOW_HOSTS: [`127.0.0.1:${sandbox.port}`], CONTROL_TARGETS: [] }, new Clock());
    return {
      account: { url: sandbox.url, account: 'brand', token: 'good-token-1234' },
      revoked: { url: sandbox.url, account: 'brand', token: 'revoked-token-5678' },
      secrets: ['good-token-1234', 'revoked-token-5678'],
      fetch: outgoing.fetch(),
      isCommit: (url, init) => init.method === 'POST' && url.pathname.endsWith('/posts'),
      own: {
        refused: () => responseOf(failure(422, 'refused', 'This content is not welcome here')),
        unauthorized: () => responseOf(failure(403, 'suspended', 'This account is suspended')),
        throttled: (until) => responseOf(failure(429, 'too-many-requests', 'Slow down', until === null ? {} : { 'retry-after': new Date(until).toUTCString() })),
        unavailable: () => responseOf(failure(503, 'out-of-order', 'Come back later')),
      },
      posts: async () => sandbox.store.list({ platform, account: 'brand' }).map(({ id, text }) => ({ remoteId: id, text })),
      now: () => Date.now(),
      close: async () => {
        await outgoing.onApplicationShutdown();
        await sandbox.close();
      },
    };
  };
}

function responseOf(reply: Reply): Response {
  if (reply.kind !== 'json') throw new Error('an error is JSON');
  return Response.json(reply.body, { status: reply.status, headers: { ...reply.headers } });
}
