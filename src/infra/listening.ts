import { createServer } from 'node:net';
import type { Config } from './config.js';

/** What a person does when we cannot listen at HOST and PORT; the message says it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Asked before anything else is started. @throws ListenError with what to do */
export async function checkListening(config: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(error, config)));
    server.listen(config.PORT, config.HOST, () => server.close(() => resolve()));
  });
}

export function listenError(error: NodeJS.ErrnoException, { HOST, PORT }: Config): Error {
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
