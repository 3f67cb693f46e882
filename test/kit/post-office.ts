import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What it answers to a recipient: null = welcome. */
type Verdict = (address: string) => { readonly code: number; readonly text: string } | null;

export interface PostOffice {
  readonly port: number;
  readonly letters: ParsedMail[];
  verdict: Verdict;
  /** Called with each mail that is whole, before it is accepted. */
  arriving: () => Promise<void>;
  close(): Promise<void>;
}

/** A mail server on loopback that keeps what it takes. */
export async function openPostOffice(port = 0): Promise<PostOffice> {
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 200, // idle connections of a pool are no reason to wait
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _, done) => {
      const no = office.verdict(address);
      done(no && Object.assign(new Error(no.text), { responseCode: no.code }));
    },
    onData: (stream, _, done) => {
      const take = async (): Promise<void> => {
        const mail = await simpleParser(stream);
        await office.arriving();
        office.letters.push(mail);
      };
      callbackify(take)(done);
    },
  });
  server.on('error', () => undefined); // a process that is killed resets its connections
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const office: PostOffice = {
    port: (server.server.address() as AddressInfo).port,
    letters: [],
    verdict: () => null,
    arriving: async () => undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return office;
}
