import { posix } from 'node:path';

export const MANIFEST = 'library.yaml';
const LONGEST_PATH = 400;

/** A path inside a folder, `a/b/c.md`: null when it is none (absolute, upwards, another system's, with what no file name holds). */
export function insidePath(raw: string): string | null {
  if (raw.length > LONGEST_PATH || /[\\\p{Cc}]/u.test(raw) || /^[A-Za-z]:/.test(raw) || raw.startsWith('/')) return null;
  if (raw.split('/').includes('..')) return null;
  const path = posix.normalize(raw).replace(/^\.\//, '').replace(/\/$/, '');
  return path === '' || path === '.' ? null : path;
}

/** Where a file's own words point, from beside it; null = outside the folder, or no file. */
export function pointedAt(file: string, written: string): string | null {
  const decoded = decode(written);
  if (decoded === null || /[\\\p{Cc}]/u.test(decoded) || /^([A-Za-z]:|\/|[a-z][a-z0-9+.-]*:)/i.test(decoded)) return null;
  const path = posix.normalize(posix.join(posix.dirname(file), decoded));
  return path.startsWith('../') || path === '..' ? null : path;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a plain % in a file's name
  }
}

/** What systems and people leave in folders, and no one means. */
export function isLitter(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name)) || /(^|\/)readme\.md$/i.test(path) || path.endsWith('~');
}

/** A name for a file or folder, of ASCII that every system takes. */
export function slugOf(name: string, fallback: string): string {
  const slug = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  return slug === '' || /^(con|prn|aux|nul|com\d|lpt\d)$/.test(slug) ? `${fallback}${slug && `-${slug}`}` : slug;
}

/** The same name only once: `a`, `a-2`, `a-3`. */
export class Names {
  private readonly taken = new Set<string>();

  unique(name: string): string {
    for (let i = 1; ; i += 1) {
      const candidate = i === 1 ? name : `${name}-${i}`;
      if (this.taken.has(candidate)) continue;
      this.taken.add(candidate);
      return candidate;
    }
  }
}
