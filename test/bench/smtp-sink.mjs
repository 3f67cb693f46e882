// A mail server as a process of its own: takes every mail after DELAY_MS, and tells the parent its Message-ID and when.
import { setTimeout as sleep } from 'node:timers/promises';
import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';

const delayMs = Number(process.env.DELAY_MS ?? 0);
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData: (stream, _, done) => callbackify(take)(stream, done),
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.server.address().port }));
process.once('disconnect', () => process.exit(0));

async function take(stream) {
  let head = '';
  for await (const chunk of stream) if (head.length < 8_000) head += chunk.toString('latin1');
  await sleep(delayMs);
  process.send?.({ id: /^message-id:\s*(\S+)/im.exec(head)?.[1] ?? '', at: Date.now() });
}
