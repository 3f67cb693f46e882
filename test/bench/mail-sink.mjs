// A mail server as a process of its own that takes every mail at once. Told how many to expect, it tells when the first and the last was taken.
import { SMTPServer } from 'smtp-server';

let expected = 0;
let count = 0;
let firstAt = 0;
const now = () => performance.timeOrigin + performance.now();

const server = new SMTPServer({
  authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], maxClients: 200,
  onData: (stream, _, done) => {
    stream.on('end', () => {
      if (count === 0) firstAt = now();
      count += 1;
      done();
      if (count === expected) process.send({ firstAt, lastAt: now() });
    });
    stream.resume();
  },
});
process.on('message', (told) => {
  ({ expected } = told);
  count = 0;
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.server.address().port }));
