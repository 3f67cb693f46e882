import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server as TcpServer, type Socket } from 'node:net';
import { TransportError } from '../../../src/core/transport.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Resolve } from '../../../src/infra/http/address-guard.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';

const closers: (() => Promise<unknown>)[] = [];
/** Closes what the test opened. */
export async function closeAll(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

/** A loopback server; `seen` holds what arrived, in order. */
export async function serving(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<{ url: string; port: number; seen: string[]; server: Server }> {
  const seen: string[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
  };
  const server = createServer(listener);
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, port, seen, server };
}

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Counts requests on raw sockets and lets `act` do what it wants with each. */
export async function tcp(act: (request: number, socket: Socket) => void): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const server = createTcp((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => act((count += 1), socket));
    closers.push(async () => socket.destroy());
  });
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, count: () => count };
}

export function outgoing(allow: readonly string[] = ['127.0.0.1'], resolve?: Resolve, controls: readonly string[] = []): Outgoing {
  const made = new Outgoing({ ALLOW_HOSTS: [...allow], CONTROL_TARGETS: [...controls] }, new Clock(), resolve);
  closers.push(() => made.onApplicationShutdown());
  return made;
}

export async function faultOf(exchange: Promise<Response>): Promise<{ kind: string; sent: boolean; message: string }> {
  const error: unknown = await exchange.then((response) => new Error(`answered ${response.status}`), (thrown: unknown) => thrown);
  if (!(error instanceof TransportError)) throw error;
  return { kind: error.kind, sent: error.sent, message: error.message };
}

export const ok = (_request: IncomingMessage, response: ServerResponse): void => void response.end('{"ok":true}');
