import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import type { Door } from './access.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { Problem } from './problem.schema.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** `/api/docs` for people, `/api/openapi.json` for programs; both made of the zod schemas and the doors, when first asked for. */
export function serveDocs(app: NestExpressApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('api/docs', app, () => (document ??= describeApi(app)), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
    customSiteTitle: 'Postern API',
  });
}

export function describeApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Postern')
    .setDescription(introduction)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of a workspace (`pk_…`).' }, 'key')
    .addCookieAuth('postern_session', { type: 'apiKey', in: 'cookie', description: 'The session of a signed-in person.' }, 'session')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => (schema instanceof z.ZodType ? toOpenApi(schema, schemaType) : undefined),
  });
  const schemas: Schemas = (document.components ??= {}).schemas ??= {};
  const problem = adopt(Problem, schemas);
  const endpoints = app.get(Endpoints, { strict: false }).list();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const verb of verbs) {
      const operation = item[verb];
      const endpoint = endpoints.find((one) => isAt(one, verb, path));
      if (operation && endpoint) complete(operation, endpoint, { schemas, problem });
    }
  }
  return document;
}

/** Adds what the decorators already say elsewhere: the answer's schema, who may, and how a refusal looks. */
function complete(operation: Operation, { door, answer, method }: Endpoint, { schemas, problem }: { schemas: Schemas; problem: object }): void {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  if (answer && success && 'description' in success && !success.content) {
    success.content = { 'application/json': { schema: adopt(answer, schemas) } };
    success.description ||= 'Done.';
  }
  operation.responses['default'] = { description: 'A problem, with what to do.', content: { 'application/problem+json': { schema: problem } } };
  if (!door) return;
  operation.security = securityOf(door);
  operation.description = [operation.description, whoMay(door)].filter(Boolean).join('\n\n');
  operation.parameters = [
    ...(operation.parameters ?? []),
    ...(door.kind === 'member' ? [workspaceHeader] : []),
    ...(door.kind !== 'public' && method !== 'GET' ? [idempotencyHeader] : []),
  ];
}

function securityOf(door: Door): Record<string, string[]>[] {
  if (door.kind === 'public') return [];
  return door.kind === 'member' && door.scope !== null ? [{ key: [] }, { session: [] }] : [{ session: [] }];
}

function whoMay(door: Door): string {
  switch (door.kind) {
    case 'public':
      return 'Open to everyone.';
    case 'signed-in':
      return 'Needs a signed-in person.';
    case 'operator':
      return 'Needs the operator of the installation.';
    case 'member':
      return `Needs the role \`${door.role}\`${door.scope === null ? '; no API key may' : `, or an API key with the scope \`${door.scope}\``}.`;
  }
}

/** Puts a schema and all it names among the components, and gives what stands in its place. */
function adopt(schema: z.ZodType, schemas: Schemas): object {
  const { schema: inPlace, components } = toOpenApi(schema, 'output');
  for (const [name, component] of Object.entries(components)) schemas[name] ??= component as never;
  return inPlace;
}

/** A schema with an id becomes a component and a `$ref`; what JSON Schema cannot say (a refinement) is left out. */
function toOpenApi(schema: z.ZodType, io: 'input' | 'output'): { schema: object; components: Record<string, object> } {
  // Inside an object every schema with an id, the outer one too, is drawn as a reference.
  const drawn = z.toJSONSchema(z.object({ it: schema }), { target: 'openapi-3.0', io, unrepresentable: 'any' }) as Drawn;
  const text = JSON.stringify({ schema: drawn.properties?.it ?? {}, components: drawn.$defs ?? drawn.definitions ?? {} });
  return JSON.parse(text.replace(/"#\/(\$defs|definitions|components\/schemas)\//g, '"#/components/schemas/')) as ReturnType<typeof toOpenApi>;
}

interface Drawn {
  readonly properties?: { readonly it?: object };
  readonly $defs?: Record<string, object>;
  readonly definitions?: Record<string, object>;
}

function isAt(endpoint: Endpoint, verb: string, path: string): boolean {
  const own = endpoint.path.replace(/:(\w+)/g, '{$1}');
  return endpoint.method.toLowerCase() === verb && (path === own || path === `/api/v1${own}`);
}

const workspaceHeader = {
  name: 'Postern-Workspace', in: 'header', required: false, schema: { type: 'string', format: 'uuid' },
  description: 'The workspace, for a signed-in member of several. An API key has its own.',
} as const;
const idempotencyHeader = {
  name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 },
  description: 'Makes a repeat harmless: within 24 hours it gets the first answer again, with `Idempotency-Replayed: true`.',
} as const;

const introduction = `
Schedules a brand's posts and keeps the brand talking when the platforms go down.

**Who calls.** A program sends \`Authorization: Bearer pk_…\` (a key of one workspace, with scopes). A person signs in with
\`POST /api/v1/session\` and gets the cookie \`postern_session\` (HttpOnly, SameSite=Lax); a member of several workspaces names
one in \`Postern-Workspace\`. Changes made with the cookie must come from Postern's own pages: the browser says so in
\`Sec-Fetch-Site\` or \`Origin\`, and without either they are refused.

**Answers.** A refusal is \`application/problem+json\` with a \`code\` for programs and a \`detail\` that tells a person what to do,
in English or Italian (the person's language, or \`Accept-Language\`). Lists are \`{ items, next }\`: hand \`next\` back as \`cursor\`.
Edits carry the \`version\` that was read; another one answers 409. \`X-Request-Id\` goes back as sent, or is made.

**Repeats.** Send \`Idempotency-Key\` with writes, and repeat with the same one after a lost answer: nothing happens twice.
After a 429 or a refusal that says what is missing on our side the key is free again. Where a request failed midway (a 500, or
\`database-away\`), whether it took effect is not known: the repeat answers 409 \`idempotency-cut-off\`; look, and if it did not,
send it with a new key. It belongs to the API key or the person that sends it, so signing in takes none. What is
shown only once (a key, a link) is struck out of the repeat.
`.trim();
