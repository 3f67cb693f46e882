import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface CaughtMail {
  readonly to: readonly string[];
  /** Of the header; unfolded, not decoded. */
  readonly subject: string;
  /** A newsletter to somebody on a list, and no letter. */
  readonly isToList: boolean;
  readonly messageId: string;
  readonly at: number;
}

export interface MailCatcher {
  /** For SMTP_URL. */
  readonly url: string;
  readonly mails: readonly CaughtMail[];
  close(): Promise<void>;
}

const header = (head: string, name: string): string => new RegExp(`^${name}:[ \\t]*(.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(head)?.[1]?.replace(/\r\n[ \t]+/g, ' ').trim() ?? '';

/** One conversation (RFC 5321): whoever says something is answered, whatever is sent is kept. */
function converse(socket: Socket, keep: (to: readonly string[], raw: string) => void): void {
  let to: string[] = [];
  let rest = '';
  let isData = false;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const obey = (line: string): void => {
    const word = line.slice(0, 4).toUpperCase();
    if (word === 'EHLO') return say('250-rehearsal\r\n250-8BITMIME\r\n250 PIPELINING');
    if (word === 'RCPT') to.push(/<([^>]*)>/.exec(line)?.[1] ?? line);
    if (word === 'MAIL' || word === 'RSET') to = [];
    if (word === 'DATA') {
      isData = true;
      return say('354 Go on, end with a dot');
    }
    if (word === 'QUIT') return void socket.end('221 Goodbye\r\n');
    say('250 Ok');
  };
  socket.setNoDelay(true); // or each answer waits for the other side's acknowledgement
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (;;) {
      const end = isData ? rest.indexOf('\r\n.\r\n') : rest.indexOf('\r\n');
      if (end < 0) return;
      const told = rest.slice(0, end);
      rest = rest.slice(end + (isData ? 5 : 2));
      if (!isData) obey(told);
      else {
        isData = false;
        keep(to, told);
        to = [];
        say('250 Ok, kept');
      }
    }
  });
  say('220 rehearsal ESMTP');
}

/** A mail server on loopback that takes everything and passes on nothing. @param now ms, what it stamps with */
export async function startMailCatcher(now: () => number): Promise<MailCatcher> {
  const mails: CaughtMail[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    converse(socket, (to, raw) => {
      const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
      mails.push({ to: [...to], subject: header(head, 'Subject'), isToList: header(head, 'List-Unsubscribe') !== '', messageId: header(head, 'Message-ID'), at: now() });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
