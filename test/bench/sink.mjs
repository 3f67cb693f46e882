// A platform that takes posts and answers 201 after DELAY_MS (0 = at once), in a process of its own. It notes when each
// request came in: `expect n` makes it tell, once n are there, when the first and the last came, and with `keep` every
// post's number with its instant (wall time in ms).
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';

const delayMs = Number(process.env.DELAY_MS ?? 0);
let expected = 0;
let keep = false;
let count = 0;
let firstAt = 0;
let arrivals = [];

const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    // A read probe: the platform answers in its own format.
    const platform = /^\/([a-z-]+)\/api$/.exec(request.url ?? '')?.[1];
    const body = platform === undefined ? '{}' : JSON.stringify({ platform, name: platform, idempotent: true, readBack: true });
    return void response.writeHead(platform === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body);
  }
  const at = performance.timeOrigin + performance.now();
  count += 1;
  if (count === 1) firstAt = at;
  const id = count;
  const end = () => void response.writeHead(201, { 'content-type': 'application/json' }).end(`{"id":"s${process.pid}-${id}","url":null}`);
  const answer = () => (delayMs > 0 ? setTimeout(end, delayMs) : end());
  if (!keep) request.resume().once('end', answer);
  else {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
    request.once('end', () => {
      arrivals.push([Number(/bench (\d+)/.exec(body)?.[1] ?? -1), at]);
      answer();
    });
  }
  if (count === expected) request.once('end', () => process.send({ count, firstAt, lastAt: at, arrivals }));
});
server.keepAliveTimeout = 60_000;
process.on('message', (told) => {
  if (told.tell) return process.send({ count, firstAt, lastAt: 0, arrivals });
  ({ expected, keep } = told);
  count = 0;
  arrivals = [];
});
process.once('disconnect', () => process.exit(0)); // the bench is gone
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
