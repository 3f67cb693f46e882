import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Beside the repository: descriptions of APIs by their makers, too large and too foreign to be part of it. */
const folder = fileURLToPath(new URL('../../../shared/specs/', import.meta.url));

/** The path of an official description, or null where it is absent; then says loudly what is left out. */
export function official(path: string): string | null {
  const at = join(folder, path);
  if (existsSync(at)) return at;
  process.stderr.write(`\n!! LEFT OUT: checks against the official description ${path} (no folder ../shared/specs beside the repository).\n\n`);
  return null;
}

/** Throws with the first fault when a body is not as the description has it. */
export type Check = (pointer: string, body: unknown) => void;

interface MastodonSpec {
  readonly paths: Record<string, { readonly post: { parameters: { name: string; schema: { type: string } }[]; requestBody: { content: Record<string, { schema: Record<string, unknown> }> } } }>;
}

/**
 * Checks bodies against a JSON pointer into Mastodon's OpenAPI document; null where it is absent.
 * Two slips of the document are mended on loading: the header `Idempotency-Key` is a string, not an object; and a status
 * with both text and media fits two of the alternatives of its body, which are meant as any of, not exactly one of.
 */
export function mastodonCheck(): Check | null {
  const at = official('mastodon/schema.json');
  if (at === null) return null;
  const spec = JSON.parse(readFileSync(at, 'utf8')) as MastodonSpec;
  const post = spec.paths['/api/v1/statuses']!.post;
  for (const parameter of post.parameters) if (parameter.name === 'Idempotency-Key') parameter.schema = { type: 'string' };
  const content = post.requestBody.content['application/json']!;
  content.schema = { anyOf: content.schema['oneOf'] };

  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addFormat('iso-639-1', /^[a-z]{2,3}(-[A-Za-z]+)?$/);
  ajv.addSchema(spec, 'mastodon');
  return (pointer, body) => {
    if (!ajv.validate({ $ref: `mastodon#${pointer}` }, body)) throw new Error(`not as ${pointer} has it: ${ajv.errorsText()} in ${JSON.stringify(body).slice(0, 500)}`);
  };
}

interface TelegramField {
  readonly name: string;
  readonly types: readonly string[];
  readonly required: boolean;
}
interface TelegramSpec {
  readonly methods: Record<string, { readonly fields?: readonly TelegramField[]; readonly returns: readonly string[] }>;
  readonly types: Record<string, { readonly fields?: readonly TelegramField[]; readonly subtypes?: readonly string[] }>;
}

/** Checks a method's arguments (`sendMessage`), or its result (`sendMessage#result`), against the bot API's description; null where it is absent. */
export function telegramCheck(): Check | null {
  const at = official('telegram/api.json');
  if (at === null) return null;
  const { methods, types } = JSON.parse(readFileSync(at, 'utf8')) as TelegramSpec;

  const fits = (value: unknown, type: string): string | null => {
    if (type.startsWith('Array of ')) {
      if (!Array.isArray(value)) return `no array`;
      return value.map((one) => fits(one, type.slice('Array of '.length))).find((fault) => fault !== null) ?? null;
    }
    switch (type) {
      case 'Integer': return Number.isInteger(value) ? null : 'no integer';
      case 'Float': return typeof value === 'number' ? null : 'no number';
      case 'Boolean': case 'True': return typeof value === 'boolean' ? null : 'no boolean';
      case 'String': return typeof value === 'string' ? null : 'no string';
      case 'InputFile': return value instanceof Blob ? null : 'no file';
    }
    const known = types[type];
    if (known === undefined) return `unknown type ${type}`;
    if (known.subtypes !== undefined && known.subtypes.length > 0) return anyOf(value, known.subtypes);
    return typeof value === 'object' && value !== null ? fieldsFit(value, known.fields ?? []) : `no ${type}`;
  };
  const anyOf = (value: unknown, alternatives: readonly string[]): string | null => {
    const faults = alternatives.map((one) => fits(value, one));
    return faults.includes(null) ? null : faults.join(' | ');
  };
  const fieldsFit = (value: object, fields: readonly TelegramField[]): string | null => {
    const named = new Map(fields.map((field) => [field.name, field]));
    for (const { name, required } of fields) if (required && !(name in value)) return `${name} is missing`;
    for (const [name, one] of Object.entries(value)) {
      const field = named.get(name);
      if (field === undefined) return `${name} is unknown`;
      const fault = anyOf(one, field.types);
      if (fault !== null) return `${name}: ${fault}`;
    }
    return null;
  };
  return (pointer, body) => {
    const [method = '', part] = pointer.split('#');
    const known = methods[method];
    const fault = known === undefined ? 'unknown method' : part === 'result' ? anyOf(body, known.returns) : fieldsFit(body as object, known.fields ?? []);
    if (fault !== null) throw new Error(`not as ${pointer} has it: ${fault} in ${JSON.stringify(body).slice(0, 500)}`);
  };
}

interface WordpressSpec {
  readonly endpoints: readonly { readonly methods: readonly string[]; readonly args: Record<string, Record<string, unknown>> }[];
  readonly schema: { readonly properties: Record<string, Record<string, unknown>> };
}

/**
 * Checks the arguments of a write (`posts`, `media`), or the fields of an answer (`posts#answer`), against what a real
 * WordPress says of them; null where it is absent. It takes a plain string wherever it says `{ raw, rendered }`.
 */
export function wordpressCheck(): Check | null {
  const all = { posts: official('wordpress/options-posts-6.1.9.json'), media: official('wordpress/options-media-6.1.9.json') };
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/); // of the site, without a zone
  // An empty map is written as an array by PHP; `required` stands beside each argument, not above them.
  const properties = (of: Record<string, Record<string, unknown>>) => Object.entries(of).filter(([name]) => name !== 'meta').map(([name, one]) => [name, without(one, 'required')] as const);
  const checks: Record<string, ReturnType<Ajv2020['compile']>> = {};
  for (const [name, at] of Object.entries(all)) {
    if (at === null) return null;
    const { endpoints, schema } = JSON.parse(readFileSync(at, 'utf8')) as WordpressSpec;
    const args = endpoints.find(({ methods }) => methods.includes('POST'))!.args;
    const written = properties(args).map(([arg, rest]) => [arg, rest['type'] === 'object' ? { anyOf: [rest, { type: 'string' }] } : rest]);
    checks[name] = ajv.compile({ type: 'object', properties: Object.fromEntries(written), additionalProperties: false });
    checks[`${name}#answer`] = ajv.compile({ type: 'object', properties: Object.fromEntries(properties(schema.properties)), additionalProperties: false });
  }
  return (pointer, body) => {
    const check = checks[pointer];
    if (check === undefined) throw new Error(`no description of ${pointer}`);
    if (!check(body)) throw new Error(`not as ${pointer} has it: ${ajv.errorsText(check.errors)} in ${JSON.stringify(body).slice(0, 500)}`);
  };
}

/** Checks the body of a write (`posts-add`, `posts-edit`, `images-upload`) against Ghost's own schemas, which drop what they do not name; here that is a fault. Null where they are absent. */
export function ghostCheck(): Check | null {
  const folderOf = official('ghost/package/lib/schemas');
  if (folderOf === null) return null;
  const read = (name: string) => JSON.parse(readFileSync(join(folderOf, `${name}.json`), 'utf8')) as { readonly $id: string };
  const ajv = new Ajv({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addFormat('json-string', (text) => text.startsWith('{'));
  for (const name of ['posts', 'images', 'posts-add', 'posts-edit', 'images-upload']) ajv.addSchema(read(name));
  return (name, body) => {
    if (!ajv.validate(name.replace('-', '.'), body)) throw new Error(`not as ${name} has it: ${ajv.errorsText()} in ${JSON.stringify(body).slice(0, 500)}`);
  };
}

function without(of: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of).filter(([one]) => one !== name));
}
