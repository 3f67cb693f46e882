// `npm run test:peers`: connectors against real servers of others, on this machine. Last line: `N passed, N failed`.
import '../kit/typescript.mjs';

const LIMIT_MS = 900_000;
setTimeout(() => {
  console.error(`not ok: still running after ${LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, LIMIT_MS).unref();

const { bluesky } = await import('./bluesky.ts');
const tally = { passed: 0, failed: 0 };
try {
  await bluesky(tally);
} catch (error) {
  tally.failed += 1;
  console.error(error);
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);
