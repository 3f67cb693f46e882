import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const Sms = z.object({ to: z.string(), text: z.string(), ref: z.string() });

export interface PhoneCatcher {
  /** For a generic gateway of SMS (docs/phone.md). */
  readonly url: string;
  /** `127.0.0.1:<port>`, for ALLOW_HOSTS. */
  readonly host: string;
  readonly texts: readonly z.output<typeof Sms>[];
  close(): Promise<void>;
}

/** A gateway to telephones on loopback that takes everything and rings nowhere. */
export async function startPhoneCatcher(): Promise<PhoneCatcher> {
  const texts: z.output<typeof Sms>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      if (request.method !== 'POST') return void response.writeHead(204).end();
      const sms = Sms.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      if (!sms.success) return void response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"bad-request"}');
      texts.push(sms.data);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: `sms-${texts.length}` }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/`, host, texts,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
