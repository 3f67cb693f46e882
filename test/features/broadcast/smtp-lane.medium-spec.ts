import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { mailServerOf } from '../../../src/features/broadcast/mail-server.js';
import { SmtpLane } from '../../../src/features/broadcast/smtp-lane.js';

/** What it says; or `hang`, or `close`. */
type Step = string;
let server: Server | null = null;
const sockets = new Set<Socket>();
const bodies: string[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  sockets.clear();
  bodies.length = 0;
});

/** A mail server that answers as told: to each command its reply, to the end of a mail `data`. */
async function office({ mail = '250 ok', rcpt = '250 ok', start = '354 go', data = '250 taken', greeting = '220 hello' }: { mail?: Step; rcpt?: Step; start?: Step; data?: Step; greeting?: Step } = {}): Promise<SmtpLane> {
  server = createServer((socket) => {
    sockets.add(socket);
    let inData = false;
    let text = '';
    const say = (step: Step): void => {
      if (step === 'close') socket.destroy();
      else if (step !== 'hang') socket.write(`${step}\r\n`);
    };
    say(greeting);
    socket.on('error', () => undefined).on('data', (chunk) => {
      text += chunk.toString();
      for (;;) {
        if (inData) {
          const end = text.indexOf('\r\n.\r\n');
          if (end < 0) return;
          bodies.push(text.slice(0, end));
          text = text.slice(end + 5);
          inData = false;
          say(data);
        }
        const line = text.indexOf('\r\n');
        if (line < 0) return;
        const command = text.slice(0, line).toUpperCase();
        text = text.slice(line + 2);
        if (command.startsWith('EHLO')) say('250 here');
        else if (command.startsWith('MAIL')) say(mail);
        else if (command.startsWith('RCPT')) say(rcpt);
        else if (command === 'DATA') {
          inData = start.startsWith('354');
          say(start);
        } else say('250 ok');
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new SmtpLane(mailServerOf(`smtp://127.0.0.1:${port}`), async () => '127.0.0.1', { stepMs: 20_000, mailMs: 1_500 });
}

const envelope = { from: 'ciao@bar.example', to: 'anna@example.com' };
const mail = Buffer.from('Subject: Ciao\r\n\r\nCiao\r\n');
const granted = Promise.resolve(true);

describe('A mail over a connection', () => {
  it('is sent when the server says that it took it, and the connection is used again', async () => {
    const lane = await office();
    expect(await lane.send(envelope, mail, granted)).toMatchObject({ outcome: 'sent' });
    expect(await lane.send(envelope, mail, granted)).toMatchObject({ outcome: 'sent' });
    expect({ bodies: bodies.length, connections: sockets.size }).toEqual({ bodies: 2, connections: 1 });
  });

  it('leaves only when its intent is written', async () => {
    const lane = await office();
    let write: (is: boolean) => void = () => undefined;
    const sending = lane.send(envelope, mail, new Promise((resolve) => (write = resolve)));
    await new Promise((resolve) => setTimeout(resolve, 200)); // the server has long said 354
    expect(bodies).toHaveLength(0);
    write(true);
    expect(await sending).toMatchObject({ outcome: 'sent' });
    expect(bodies).toHaveLength(1);
  });

  it('does not leave when it may not', async () => {
    const lane = await office();
    expect(await lane.send(envelope, mail, Promise.resolve(false))).toMatchObject({ outcome: 'let-go' });
    expect(await lane.send(envelope, mail, Promise.reject(new Error('the database is away')))).toMatchObject({ outcome: 'let-go' });
    expect(bodies).toHaveLength(0);
  });

  it.each([
    ['the server hangs after the text', { data: 'hang' }, 'unsure'], ['the server closes after the text', { data: 'close' }, 'unsure'],
    ['the server refuses the text', { data: '554 5.7.1 spam' }, 'refused'], ['the server puts the text off', { data: '451 later' }, 'later'],
    ['the server hangs before the text', { start: 'hang' }, 'away'], ['the server closes before the text', { rcpt: 'close' }, 'away'],
    ['the recipient is unknown', { rcpt: '550 5.1.1 no such user' }, 'refused'], ['the recipient is greylisted', { rcpt: '450 4.2.0 try later' }, 'later'],
    ['the server is closing', { rcpt: '421 closing' }, 'away'], ['the sender is refused', { mail: '550 not you' }, 'away'], ['the greeting refuses us', { greeting: '554 go away' }, 'away'],
  ] as const)('has an outcome when %s', async (_, steps, outcome) => {
    const lane = await office(steps);
    expect((await lane.send(envelope, mail, granted)).outcome).toBe(outcome);
    lane.close();
  });

  it('is told apart when it is us who is refused', async () => {
    expect(await (await office({ mail: '550 not you' })).send(envelope, mail, granted)).toMatchObject({ outcome: 'away', isOurs: true });
  });

  it('goes over a new connection when the old one was closed in between', async () => {
    const lane = await office();
    await lane.send(envelope, mail, granted);
    for (const socket of sockets) socket.destroy();
    expect(await lane.send(envelope, mail, granted)).toMatchObject({ outcome: 'sent' });
    expect(bodies).toHaveLength(2);
  });

  it('keeps the connection after a refusal', async () => {
    const lane = await office({ rcpt: '550 5.1.1 no such user' });
    await lane.send(envelope, mail, granted);
    await lane.send(envelope, mail, granted);
    expect(sockets.size).toBe(1);
  });
});
