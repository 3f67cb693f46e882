// One real worker process, as production runs it, with the protocol's times scaled: see worker.ts.
import '../kit/typescript.mjs';

await import('./worker.ts');
