// One real process of ours, with the roles it is told: see worker.ts.
import '../kit/typescript.mjs';

await import('./worker.ts');
