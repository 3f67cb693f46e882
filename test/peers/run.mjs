// `npm run test:peers [-- NAME…]`: connectors against real servers of others, on this machine. Last line: `N passed, N failed`.
import '../kit/typescript.mjs';

const LIMIT_MS = 900_000;
setTimeout(() => {
  console.error(`not ok: still running after ${LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, LIMIT_MS).unref();

const { bluesky } = await import('./bluesky.ts');
const { exim } = await import('./exim.ts');
const { wordpress } = await import('./wordpress.ts');
const peers = { bluesky, exim, wordpress };
const named = process.argv.slice(2);
const wanted = named.length > 0 ? named : Object.keys(peers);
const tally = { passed: 0, failed: 0 };
for (const name of wanted) {
  try {
    if (!(name in peers)) throw new Error(`There is no real server "${name}" here; there are: ${Object.keys(peers).join(', ')}.`);
    const before = tally.passed + tally.failed;
    await peers[name](tally);
    if (named.length > 0 && tally.passed + tally.failed === before) throw new Error(`"${name}" was asked for by name and could not be run.`);
  } catch (error) {
    tally.failed += 1;
    console.error(error);
  }
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
