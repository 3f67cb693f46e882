import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How many requests of a path are open now, and were at most. */
  readonly open: Map<string, { now: number; most: number }>;
  /** What is answered; by default 204. */
  answer: (request: Received, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that keeps what it is sent. */
export async function openReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const count = receiver.open.get(path) ?? { now: 0, most: 0 };
    receiver.open.set(path, count);
    count.now += 1;
    count.most = Math.max(count.most, count.now);
    response.on('close', () => (count.now -= 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      receiver.received.push(received);
      receiver.answer(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    open: new Map(),
    answer: accept,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

export const accept = (_: Received, response: ServerResponse): void => void response.writeHead(204).end();
export const refuse = (status: number) => (_: Received, response: ServerResponse): void => void response.writeHead(status).end('no');
