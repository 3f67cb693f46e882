// `npm run replay -- FILE [--posts-per-day N --tenants N --clients N --seed N] [--json]`: outages of the past through the detector, in simulated time.
import '../kit/typescript.mjs';

const { main } = await import('./replay.ts');
process.exitCode = main(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`), (text) => process.stderr.write(`${text}\n`));
