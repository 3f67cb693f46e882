export type Language = 'en' | 'it';

/** A sentence a person reads, in every language the product speaks. `{name}` is filled from the params. */
export type Sentence = Readonly<Record<Language, string>>;
export type Params = Readonly<Record<string, string | number>>;
/** The same, where a value may have a name of its own in each language. */
export type SaidParams = Readonly<Record<string, string | number | Sentence>>;

interface ProblemKind extends Sentence {
  readonly status: number;
}

/** Thrown for what should not have been asked; the problem+json filter turns it into an answer (docs/ARCHITECTURE.md). */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: string,
    readonly status: number,
    readonly sentence: Sentence,
    /** Extra members of the answer, e.g. `{ nearest: [...] }` or `{ rows: [...] }`. */
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(sentence.en);
  }
}

/** Fills `{name}` from the params; a name without a value stays as it stands, so that a gap is seen. */
export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

function paramsIn(language: Language, params: SaidParams): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, typeof value === 'object' ? value[language] : value]));
}

/** The sentence in every language, with its params filled in. */
export function filled({ en, it }: Sentence, params: SaidParams = {}): Sentence {
  return { en: fill(en, paramsIn('en', params)), it: fill(it, paramsIn('it', params)) };
}

/**
 * Declares a feature's problems once: code → status and sentences that say what to do.
 * `problems({ 'post-gone': { status: 404, en: …, it: … } })` gives a function that makes the error to throw.
 */
export function problems<Codes extends Readonly<Record<string, ProblemKind>>>(kinds: Codes) {
  return (code: keyof Codes & string, params: SaidParams = {}, facts: Readonly<Record<string, unknown>> = {}): DomainError => {
    const kind = kinds[code] as ProblemKind;
    return new DomainError(code, kind.status, filled(kind, params), facts);
  };
}

/** What every room says of a version that is not the last one: `problems({ ...editedMeanwhile, … })`. `version`, where told, is a fact. */
export const editedMeanwhile = {
  'edited-meanwhile': {
    status: 409,
    en: 'This changed meanwhile. Read it again, and repeat what you wanted to do if it still fits.',
    it: 'Nel frattempo è cambiato qualcosa. Rileggi, e ripeti quel che volevi fare se va ancora bene.',
  },
} as const;
