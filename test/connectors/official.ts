import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
