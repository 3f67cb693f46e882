// `npm run chaos -- --backend postgres|redis --kills N [--stops N] [--late N] [--scale 1] [--json]`: see chaos.ts.
import '../kit/typescript.mjs';

await import('./chaos.ts');
