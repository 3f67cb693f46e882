import { parseArgs } from 'node:util';
import { startSandbox } from './server.js';

// The sandbox as a process of its own: `node dist/src/connectors/sandbox/serve.js --port 0 --file posts.jsonl`.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    seed: { type: 'string', default: '1' },
    sink: { type: 'boolean', default: false },
    'delay-ms': { type: 'string', default: '0' },
  },
});

const sandbox = await startSandbox({
  port: Number(values.port),
  seed: Number(values.seed),
  terms: { sink: values.sink, delayMs: Number(values['delay-ms']) },
  ...(values.file !== undefined && { file: values.file }),
});
process.stdout.write(`${sandbox.url}\n`);

const stop = (): void => void sandbox.close();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
