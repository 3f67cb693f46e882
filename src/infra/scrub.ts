/** Stands where a sealed value stood. */
export const STRUCK_OUT = '[struck out]';

/** Shorter values are not struck out: they would blacken half of every log and hide nothing. */
const MIN_CHARS = 6;
/** Encoded fragments need more, or chance hits them. */
const MIN_ENCODED_CHARS = 8;
const FILTER_SIZE = 1 << 18;

/**
 * Strikes sealed values out of text, by value and in the forms they travel in (base64 at any offset, percent-encoded,
 * JSON-escaped, hex). Holds at most `maxValues` values, the latest registered; what is used is opened and so
 * registered again. Costs a few ns per character, however many values it holds.
 */
export class Scrubber {
  /** Value → its forms, in order of registration. */
  readonly #values = new Map<string, readonly string[]>();
  /** First six characters of a form → the forms that begin so, and by how many values each is held. */
  readonly #starts = new Map<string, Map<string, number>>();
  /** How many starts fall on each hash: a zero says "no secret begins here" without a look into the map. */
  readonly #filter = new Uint32Array(FILTER_SIZE);

  constructor(private readonly maxValues = 10_000) {}

  get size(): number {
    return this.#values.size;
  }

  /** Registers a secret; of a JSON object or array each value in it, except the top-level fields named public. */
  register(plain: string, publicFields: readonly string[] = []): void {
    const tree = parseTree(plain);
    if (tree === null) return this.#add(plain);
    const open = new Set(publicFields);
    for (const [name, value] of Object.entries(tree)) if (!open.has(name)) for (const leaf of leaves(value)) this.#add(leaf);
  }

  /** The text without any registered value. */
  scrub(text: string): string {
    if (this.#values.size === 0 || text.length < MIN_CHARS) return text;
    const filter = this.#filter;
    let clean = '';
    let kept = 0; // what stands before it is in `clean` already
    let from = -1;
    let to = -1; // end of the stretch being struck out: values may overlap
    const strike = (): void => {
      clean += text.slice(kept, from) + STRUCK_OUT;
      kept = to;
    };
    let sum = sumOf(text);
    for (let at = 0; at <= text.length - MIN_CHARS; at++) {
      if (at > 0) sum = (imul(sum - imul(text.charCodeAt(at - 1), LEAVING), BASE) + text.charCodeAt(at + MIN_CHARS - 1)) | 0;
      if (filter[slot(sum)] === 0) continue;
      const end = this.#matchAt(text, at);
      if (end === 0) continue;
      if (at > to) {
        if (to >= 0) strike();
        from = at;
      }
      to = Math.max(to, end);
    }
    if (to < 0) return text;
    strike();
    return clean + text.slice(kept);
  }

  /** A copy of a plain value with every string in it, names too, scrubbed. Errors become their text; cycles are cut. */
  scrubDeep(value: unknown, above: readonly object[] = []): unknown {
    if (typeof value === 'string') return this.scrub(value);
    if (typeof value !== 'object' || value === null) return value;
    if (above.includes(value)) return '[circular]';
    const path = [...above, value];
    if (value instanceof Date) return value;
    if (value instanceof Error) {
      const { name, message, stack, cause } = value;
      return this.scrubDeep({ name, message, ...(stack && { stack }), ...(cause !== undefined && { cause }) }, path);
    }
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.map((item) => this.scrubDeep(item, path));
    if (value instanceof Map || value instanceof Set) return this.scrubDeep([...value], path);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.scrub(name), this.scrubDeep(item, path)]));
  }

  #matchAt(text: string, at: number): number {
    const forms = this.#starts.get(text.slice(at, at + MIN_CHARS));
    let end = 0;
    if (forms) for (const form of forms.keys()) if (at + form.length > end && text.startsWith(form, at)) end = at + form.length;
    return end;
  }

  #add(value: string): void {
    if (value.length < MIN_CHARS || isPublicShape(value)) return;
    const known = this.#values.get(value);
    if (known) {
      this.#values.delete(value); // to the young end
      this.#values.set(value, known);
      return;
    }
    const forms = formsOf(value);
    this.#values.set(value, forms);
    for (const form of forms) {
      const start = form.slice(0, MIN_CHARS);
      const bucket = this.#starts.get(start) ?? new Map<string, number>();
      this.#starts.set(start, bucket.set(form, (bucket.get(form) ?? 0) + 1));
      this.#count(start, 1);
    }
    if (this.#values.size > this.maxValues) for (const oldest of this.#values.keys()) return this.#drop(oldest);
  }

  #drop(value: string): void {
    for (const form of this.#values.get(value) ?? []) {
      const start = form.slice(0, MIN_CHARS);
      const bucket = this.#starts.get(start);
      const held = bucket?.get(form) ?? 0;
      if (held > 1) bucket?.set(form, held - 1);
      else bucket?.delete(form);
      if (bucket?.size === 0) this.#starts.delete(start);
      this.#count(start, -1);
    }
    this.#values.delete(value);
  }

  #count(start: string, by: number): void {
    const at = slot(sumOf(start));
    this.#filter[at] = (this.#filter[at] ?? 0) + by;
  }
}

// A rolling sum of six characters: two multiplications for each step along the text.
const { imul } = Math;
const BASE = 31;
const LEAVING = BASE ** (MIN_CHARS - 1);

function sumOf(start: string): number {
  let sum = 0;
  for (let i = 0; i < MIN_CHARS; i++) sum = (imul(sum, BASE) + start.charCodeAt(i)) | 0;
  return sum;
}

function slot(sum: number): number {
  return (sum ^ (sum >>> 15)) & (FILTER_SIZE - 1);
}

function parseTree(plain: string): object | null {
  if (!/^\s*[{[]/.test(plain)) return null;
  try {
    const tree: unknown = JSON.parse(plain);
    return typeof tree === 'object' ? tree : null;
  } catch {
    return null;
  }
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/** A server's bare address and a DID name an account and open nothing. */
function isPublicShape(value: string): boolean {
  if (/^did:[a-z]+:[\w.:%-]+$/.test(value)) return true;
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === '';
}

/** The value as it may stand in a header, an address, a form, a JSON text or a dump. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8'); // a lone surrogate becomes U+FFFD here, and would throw below
  const percent = encodeURIComponent(bytes.toString('utf8'));
  const escaped = JSON.stringify(value).slice(1, -1);
  const encoded = [...base64Cores(bytes), bytes.toString('hex')].filter((form) => form.length >= MIN_ENCODED_CHARS);
  const forms = [
    value,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    ...encoded,
    ...encoded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_CHARS);
}

/**
 * What base64 makes of the bytes wherever they stand in a longer text (`user:password` in a Basic header): one form
 * for each of the three offsets, without the edge characters that depend on the neighbours.
 */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '');
    const whole = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), whole);
  });
}

// One for the process: a log line knows no module, and a secret opened anywhere must appear nowhere.
const all = new Scrubber();

export function registerSecret(plain: string, publicFields?: readonly string[]): void {
  all.register(plain, publicFields);
}

/** The text without any value that was sealed or opened in this process. */
export function scrub(text: string): string {
  return all.scrub(text);
}

/** As `scrub`, through objects, arrays and errors. Returns plain JSON-like values. */
export function scrubDeep(value: unknown): unknown {
  return all.scrubDeep(value);
}
