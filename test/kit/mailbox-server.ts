import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface StoredMail {
  readonly raw: Buffer;
  isSeen: boolean;
}

export interface MailboxServer {
  readonly port: number;
  /** By position: the UID of the first is 11. */
  readonly mails: StoredMail[];
  /** Each command as it came, without its tag and without passwords. */
  readonly asked: string[];
  /** The next commands that begin so are refused with these words. */
  refuse: { readonly command: string; readonly words: string } | null;
  /** From the next FETCH on it drops the connection. */
  hangsUp: boolean;
  close(): Promise<void>;
}

const FIRST_UID = 11;

/** A mailbox on loopback, as IMAP4rev1 (RFC 3501) has it: one INBOX, one user, as much of the protocol as reading and marking needs. */
export async function openMailbox({ user, pass, capabilities = 'IMAP4rev1' }: { readonly user: string; readonly pass: string; readonly capabilities?: string }): Promise<MailboxServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const box: MailboxServer = {
    port: (server.address() as AddressInfo).port, mails: [], asked: [], refuse: null, hangsUp: false,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return box;

  function serve(socket: Socket): void {
    let [state, open, waiting]: ['out' | 'in' | 'selected', string, string | null] = ['out', '', null];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const signIn = (tag: string, isRight: boolean): void => {
      if (isRight) state = 'in';
      say(isRight ? `${tag} OK done` : `${tag} NO [AUTHENTICATIONFAILED] Invalid login or password`);
    };
    const plain = (tag: string, answer: string): void => signIn(tag, Buffer.from(answer, 'base64').toString() === `\0${user}\0${pass}`);
    const answer = (line: string): void => {
      if (waiting !== null) {
        const tag = waiting;
        waiting = null;
        return plain(tag, line);
      }
      const [, tag = '*', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      const verb = command.toUpperCase();
      box.asked.push(/^(LOGIN|AUTHENTICATE)/.exec(verb)?.[0] ?? command);
      if (box.refuse !== null && verb.startsWith(box.refuse.command)) return say(`${tag} NO ${box.refuse.words}`);
      if (verb === 'LOGOUT') {
        say('* BYE good-bye');
        say(`${tag} OK done`);
        return void socket.end();
      }
      if (verb === 'CAPABILITY') say(`* CAPABILITY ${capabilities}`);
      else if (state === 'out' && verb.startsWith('LOGIN ')) return signIn(tag, command.slice(6).replaceAll('"', '') === `${user} ${pass}`);
      else if (state === 'out' && verb.startsWith('AUTHENTICATE PLAIN')) {
        const at = command.split(' ')[2];
        if (at !== undefined) return plain(tag, at);
        waiting = tag;
        return say('+ ');
      } else if (state === 'out') return say(`${tag} BAD sign in first`);
      else if (verb.startsWith('LIST ')) say('* LIST (\\HasNoChildren) "/" INBOX');
      else if (/^SELECT "?INBOX"?/.test(verb)) {
        state = 'selected';
        for (const untagged of ['FLAGS (\\Seen)', `${box.mails.length} EXISTS`, 'OK [PERMANENTFLAGS (\\Seen)] allowed', 'OK [UIDVALIDITY 1] valid', `OK [UIDNEXT ${FIRST_UID + box.mails.length}] next`]) say(`* ${untagged}`);
      } else if (state !== 'selected') return say(`${tag} BAD select first`);
      else if (verb === 'UID SEARCH UNSEEN') say(`* SEARCH ${box.mails.flatMap(({ isSeen }, i) => (isSeen ? [] : [FIRST_UID + i])).join(' ')}`.trim());
      else if (verb.startsWith('UID FETCH ')) {
        if (box.hangsUp) return void socket.destroy();
        const [, uid = '', most = ''] = /^UID FETCH (\d+) \((?:UID )?BODY\.PEEK\[\]<0\.(\d+)>(?: UID)?\)$/.exec(verb) ?? [];
        const mail = box.mails[Number(uid) - FIRST_UID];
        if (uid === '') return say(`${tag} BAD not as one reads here: ${command}`);
        if (mail) {
          const raw = mail.raw.subarray(0, Number(most));
          socket.write(`* ${Number(uid) - FIRST_UID + 1} FETCH (UID ${uid} BODY[]<0> {${raw.length}}\r\n`);
          socket.write(raw);
          say(')');
        }
      } else if (/^UID STORE \d+ \+FLAGS(\.SILENT)? \(\\SEEN\)$/.test(verb)) {
        const mail = box.mails[Number(verb.split(' ')[2]) - FIRST_UID];
        if (mail) mail.isSeen = true;
      } else if (verb !== 'NOOP') return say(`${tag} BAD unknown here: ${command}`);
      say(`${tag} OK done`);
    };
    socket.on('data', (bytes) => {
      const lines = `${open}${bytes.toString('latin1')}`.split('\r\n');
      open = lines.pop() ?? '';
      lines.forEach(answer);
    });
    say('* OK ready');
  }
}
