import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { callerLanguage } from './correlation.js';
import { InvalidInput } from './invalid-input.js';
import { fill, type Sentence } from './problem.js';
import { checkRules } from './rule-errors.js';

const deepest = 64; // levels of nesting; nothing we take needs more than ten
const unprintable: Sentence = {
  en: 'holds a NUL character or half of a character pair: remove it',
  it: 'contiene un carattere NUL o metà di una coppia di caratteri: rimuovilo',
};
const tooDeep: Sentence = {
  en: 'is nested too deeply: {deepest} levels at most',
  it: 'è annidato troppo in profondità: al massimo {deepest} livelli',
};

/** Checks what an endpoint takes against its zod schema, in the caller's language. */
@Injectable()
export class InputPipe implements PipeTransform {
  async transform(value: unknown, { type, data, schema }: ArgumentMetadata): Promise<unknown> {
    if (type === 'custom') return value;
    const language = callerLanguage();
    const name = data ?? '';
    const flaw = findFlaw(value);
    if (flaw) {
      const message = fill(flaw.sentence[language], { deepest });
      throw new InvalidInput([{ in: type, field: join(name, flaw.path), message }]);
    }
    if (!(schema instanceof z.ZodType)) return value;
    const checked = await checkRules(schema, value, language);
    if ('data' in checked) return checked.data;
    throw new InvalidInput(checked.errors.map(({ path, message }) => ({ in: type, field: join(name, path), message })));
  }
}

function join(name: string, path: readonly PropertyKey[]): string {
  return [name, ...path.map(String)].filter(Boolean).join('.');
}

interface Flaw {
  readonly path: readonly PropertyKey[];
  readonly sentence: Sentence;
}

/** Postgres takes neither NUL nor lone surrogates: refused here, with the field, before any schema lets them by. */
function findFlaw(root: unknown): Flaw | null {
  const open: { readonly value: unknown; readonly path: readonly PropertyKey[] }[] = [{ value: root, path: [] }];
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, path } = item;
    if (typeof value === 'string' && isBroken(value)) return { path, sentence: unprintable };
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    if (path.length >= deepest) return { path: path.slice(0, 3), sentence: tooDeep };
    for (const [key, inner] of Object.entries(value)) {
      if (isBroken(key)) return { path, sentence: unprintable };
      open.push({ value: inner, path: [...path, key] });
    }
  }
  return null;
}

function isBroken(text: string): boolean {
  return text.includes('\0') || /\p{Surrogate}/u.test(text);
}
