import { createServer } from 'node:net';
import type { Config } from './config.js';
import type { Seal } from './seal.js';

/** What a person does when we cannot listen at HOST and PORT; the message says it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Where a process without the role api is asked for its port; see `askToGiveWay`. */
export const GIVE_WAY = '/health/give-way';
/** Only a process of the same installation knows it. */
export const giveWayToken = (seal: Seal): string => seal.fingerprint('give way').toString('hex');

/** Asked before anything else is started. @throws ListenError with what to do */
export async function checkListening(config: Config, seal: Seal): Promise<void> {
  await listenOrSay(config, seal, () => new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, () => server.close(() => resolve()));
  }));
}

/**
 * Listens for a process with the role api. One without it may hold the port for its health, if it was started first on
 * this machine: it gives way.
 * @throws ListenError with what to do
 */
export async function listenOrSay(config: Config, seal: Seal, listen: () => Promise<unknown>): Promise<void> {
  try {
    await listen().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || !(await askToGiveWay(config, seal))) throw error;
      await listen();
    });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, config);
  }
}

async function askToGiveWay({ HOST, PORT }: Config, seal: Seal): Promise<boolean> {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '[::1]' : HOST.includes(':') ? `[${HOST}]` : HOST;
  try {
    const { status } = await fetch(`http://${host}:${PORT}${GIVE_WAY}`, {
      method: 'POST', headers: { authorization: `Bearer ${giveWayToken(seal)}` }, redirect: 'manual', signal: AbortSignal.timeout(3_000),
    });
    return status === 204;
  } catch {
    return false; // whatever holds the port, it is none of ours
  }
}

function listenError(error: NodeJS.ErrnoException, { HOST, PORT }: Config): Error {
  const noSuchAddress = `HOST is ${HOST}, and this machine has no such address: use 127.0.0.1 for this machine only, or 0.0.0.0 for its whole network.`;
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${PORT} on ${HOST} is taken by another program: stop that one, or give Postern another port, e.g. PORT=${PORT + 1} npm start (or in the file .env).`,
    EACCES: `Port ${PORT} needs more rights than this user has: choose one above 1023, e.g. PORT=3000 npm start.`,
    EADDRNOTAVAIL: noSuchAddress,
    ENOTFOUND: noSuchAddress,
    EAI_AGAIN: noSuchAddress,
  };
  const remedy = remedies[error.code ?? ''];
  return remedy === undefined ? error : new ListenError(remedy);
}

/** What a process without the role api says when it cannot listen. It needs no port for its work, so it goes on. */
export function worksUnheard(error: NodeJS.ErrnoException, { HOST, PORT }: Config): string {
  const why = error.code === 'EADDRINUSE' ? `port ${PORT} on ${HOST} is taken` : error.message;
  return `This process does its work, but answers neither /health nor /metrics: ${why}. Beside a process with the role api that is as it should be; for a look at this one alone, give it a PORT of its own.`;
}
