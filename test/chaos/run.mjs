// `npm run chaos -- --backend postgres|redis --kills N [--stops N] [--late N] [--scale 1] [--json]`: see posts.ts.
// `npm run chaos -- broadcast --kills N [--stops N] [--json]`: newsletters, see broadcast.ts.
import '../kit/typescript.mjs';

const isBroadcast = process.argv[2] === 'broadcast';
if (isBroadcast) process.argv.splice(2, 1);
await import(isBroadcast ? './broadcast.ts' : './posts.ts');
