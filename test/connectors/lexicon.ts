import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countBytes, countGraphemes } from '../../src/connectors/text.js';
import { official, type Check } from './official.js';

type Def = Readonly<Record<string, unknown>> & { readonly type: string };

/** As far as posts need them (https://atproto.com/specs/lexicon#string-formats). */
const formats: Readonly<Record<string, RegExp>> = {
  did: /^did:[a-z]+:[\w.:%-]+$/,
  handle: /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i,
  'at-identifier': /^(did:[a-z]+:[\w.:%-]+|([a-z0-9-]+\.)+[a-z][a-z0-9-]*)$/i,
  'at-uri': /^at:\/\/did:[a-z]+:[\w.:%-]+\/[a-zA-Z.]+\/[\w.~:-]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
  cid: /^b[a-z2-7]{20,}$/,
  datetime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  language: /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/,
  nsid: /^[a-z]+(\.[a-zA-Z0-9-]+)+$/,
  'record-key': /^[\w.~:-]{1,512}$/,
  tid: /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/,
};

/** Checks values against Bluesky's lexicons, by reference: `app.bsky.feed.post`, `com.atproto.repo.putRecord#input`; null where they are absent. */
export function lexiconCheck(): Check | null {
  const root = official('atproto/lexicons');
  if (root === null) return null;
  const lexicons = new Map<string, { readonly defs: Readonly<Record<string, Def>> }>();
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))) {
    const lexicon = JSON.parse(readFileSync(join(root, file), 'utf8')) as { id: string; defs: Record<string, Def> };
    lexicons.set(lexicon.id, lexicon);
  }

  const defOf = (ref: string, home: string): { readonly def: Def; readonly home: string } => {
    const [id, name] = ref.startsWith('#') ? [home, ref.slice(1)] : [ref.split('#')[0]!, ref.split('#')[1] ?? 'main'];
    const lexicon = lexicons.get(id);
    const main = lexicon?.defs['main'] as { input?: { schema?: Def }; output?: { schema?: Def } } | undefined;
    const def = lexicon?.defs[name] ?? (name === 'input' ? main?.input?.schema : name === 'output' ? main?.output?.schema : undefined);
    if (!def) throw new Error(`no definition ${ref} in ${home}`);
    return { def, home: id };
  };

  const check = (value: unknown, def: Def, home: string, at: string): void => {
    const fail = (what: string): never => {
      throw new Error(`${at}: ${what}: ${JSON.stringify(value)?.slice(0, 200)}`);
    };
    const object = (): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : fail('not an object'));
    switch (def.type) {
      case 'record':
        if (object()['$type'] !== home) fail(`$type is not ${home}`);
        return check(value, def['record'] as Def, home, at);
      case 'object': {
        const properties = (def['properties'] ?? {}) as Record<string, Def>;
        for (const name of (def['required'] ?? []) as string[]) if (object()[name] === undefined) fail(`${name} is missing`);
        for (const [name, one] of Object.entries(object())) {
          if (name === '$type') continue;
          const property = properties[name] ?? fail(`${name} is not in the lexicon`);
          if (one === null && ((def['nullable'] ?? []) as string[]).includes(name)) continue;
          check(one, property, home, `${at}.${name}`);
        }
        return;
      }
      case 'array': {
        const items = Array.isArray(value) ? (value as unknown[]) : fail('not an array');
        if (items.length > Number(def['maxLength'] ?? Infinity)) fail('too many');
        return items.forEach((one, n) => check(one, def['items'] as Def, home, `${at}[${n}]`));
      }
      case 'ref': {
        const target = defOf(String(def['ref']), home);
        return check(value, target.def, target.home, at);
      }
      case 'union': {
        const type = object()['$type'];
        const ref = (def['refs'] as string[]).find((one) => (one.startsWith('#') ? `${home}${one}` : one) === type) ?? fail(`$type is none of ${String(def['refs'])}`);
        const target = defOf(ref, home);
        return check(value, target.def, target.home, at);
      }
      case 'blob': {
        const { $type, ref, mimeType, size } = object() as { $type?: unknown; ref?: { $link?: unknown }; mimeType?: unknown; size?: unknown };
        if ($type !== 'blob' || typeof ref?.$link !== 'string' || typeof mimeType !== 'string' || typeof size !== 'number') fail('not a blob');
        if (Number(size) > Number(def['maxSize'] ?? Infinity)) fail('blob too large');
        return;
      }
      case 'string': {
        const text = typeof value === 'string' ? value : fail('not a string');
        if (countBytes(text) > Number(def['maxLength'] ?? Infinity) || countGraphemes(text) > Number(def['maxGraphemes'] ?? Infinity)) fail('too long');
        const format = typeof def['format'] === 'string' ? (formats[def['format']] ?? fail(`unknown format ${def['format']}`)) : null;
        if (format && !format.test(text)) fail(`no ${String(def['format'])}`);
        return;
      }
      case 'integer':
        if (!Number.isInteger(value) || Number(value) < Number(def['minimum'] ?? -Infinity)) fail('not such an integer');
        return;
      case 'boolean':
        if (typeof value !== 'boolean') fail('not a boolean');
        return;
      case 'unknown':
        return;
      default:
        throw new Error(`${at}: a lexicon type this check does not know: ${def.type}`);
    }
  };
  return (ref, value) => {
    const { def, home } = defOf(ref, ref.split('#')[0]!);
    check(value, def, home, ref);
  };
}
