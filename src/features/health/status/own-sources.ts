import { readFile, stat } from 'node:fs/promises';
import type { StatusSource } from './source.schema.js';
import { builtInSources, readSources } from './sources.js';

/** In DATA_DIR; README.md says what stands in it. */
export const OWN_SOURCES = 'status-sources.json';
const MOST_BYTES = 4_000_000;

/**
 * The operator's own status pages beside those that come with the house. An entry takes the place of what comes along
 * for the same platform and host. A file with mistakes changes nothing: what was in force before stays.
 */
export class OwnSources {
  private inForce: readonly StatusSource[] = builtInSources;
  /** Which file was read last, by time and size; '' = none. */
  private read = '';

  /** @param complain told once for each file that cannot be used: one sentence for each mistake */
  constructor(
    private readonly path: string,
    private readonly complain: (mistakes: readonly string[]) => void,
  ) {}

  /** What is in force now; reads the file if it is another than before. Never throws. */
  async current(): Promise<readonly StatusSource[]> {
    try {
      const { mtimeMs, size } = await stat(this.path);
      if (this.read === `${mtimeMs} ${size}`) return this.inForce;
      this.read = `${mtimeMs} ${size}`;
      this.take(size > MOST_BYTES ? null : await readFile(this.path, 'utf8'));
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isGone) this.inForce = builtInSources;
      else if (this.read !== 'unreadable') this.complain([`${this.path} cannot be read (${(error as Error).message}).`]);
      this.read = isGone ? '' : 'unreadable';
    }
    return this.inForce;
  }

  private take(text: string | null): void {
    const own = text === null ? { kind: 'wrong' as const, mistakes: [`${this.path} is larger than ${MOST_BYTES / 1e6} MB.`] } : readSources(text);
    if (own.kind === 'wrong') return this.complain(own.mistakes);
    const isReplaced = (one: StatusSource): boolean => own.sources.some(({ platform, host }) => platform === one.platform && host === one.host);
    this.inForce = [...own.sources, ...builtInSources.filter((one) => !isReplaced(one))];
  }
}
