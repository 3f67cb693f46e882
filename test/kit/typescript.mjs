// Lets plain node import our TypeScript: `node --import ./test/kit/typescript.mjs script.ts`.
// For what runs outside Jest's own transforms: Jest's global setup, chaos and bench.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
