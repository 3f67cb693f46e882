import { isPortFree } from '../../src/infra/database/free-port.js';

/**
 * A port that is free like the one after it, and below those that systems give to whoever asks for any (from 32768 on
 * Linux, 49152 elsewhere): for what is to come back where it was, or to find its neighbour's place empty, nobody takes it
 * meanwhile by chance.
 */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 5_000);
    if ((await isPortFree(port)) && (await isPortFree(port + 1))) return port;
  }
}
