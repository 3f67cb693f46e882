import { z } from 'zod';

/** As far as we read it. */
interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly format?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** What a name says about a value that its type does not. */
const byName: Readonly<Record<string, unknown>> = {
  zone: 'Europe/Rome', wallAt: '2031-03-04T10:00', at: '2031-03-04T10:00', rule: 'FREQ=DAILY;COUNT=3', version: 1, connectorId: 'sandbox-alpha',
  from: '08:00', to: '20:00', time: '10:00', wallTime: '10:00', kinds: ['*'], url: 'https://example.com/hook', email: 'matrix@example.com',
  password: 'a long enough password', next: 'a long enough password', account: { account: 'anna', token: 'secret' }, limit: '10',
};

const byFormat: Readonly<Record<string, string>> = { email: 'matrix@example.com', uri: 'https://example.com/', 'date-time': '2031-03-04T10:00:00Z' };

/**
 * Makes something that a schema may take: what it requires, and of the rest every id, so that an endpoint is led to the
 * rows that the ids name. `ids` gives the id for a name (`clientId`, `channelIds`).
 */
export function sampleOf(schema: unknown, ids: (name: string) => string): unknown {
  if (!(schema instanceof z.ZodType)) return undefined;
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return sample(root, '', { root, ids });
}

interface Ground {
  readonly root: JsonSchema;
  readonly ids: (name: string) => string;
}

function sample(schema: JsonSchema, name: string, ground: Ground): unknown {
  if (schema.$ref) return sample(ground.root.$defs?.[schema.$ref.split('/').at(-1) ?? ''] ?? {}, name, ground);
  if (schema.format === 'uuid') return ground.ids(name);
  if (schema.example !== undefined) return schema.example;
  if (schema.format !== undefined && schema.format in byFormat && !(name in byName && schema.format === 'uri')) return byFormat[schema.format];
  if (name in byName && schema.type !== 'object' && !schema.enum) return byName[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return sample(choice, name, ground);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part, name, ground))) as unknown;
  switch (schema.type) {
    case 'object':
      return objectOf(schema, ground);
    case 'array':
      return [sample(schema.items ?? {}, name.replace(/s$/, ''), ground)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
    case undefined:
    default:
      return /Ids?$/.test(name) ? ground.ids(name) : (byFormat[schema.format ?? ''] ?? 'plausible text'.padEnd(schema.minLength ?? 0, '.'));
  }
}

function objectOf(schema: JsonSchema, ground: Ground): Record<string, unknown> {
  const wanted = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name) || /Ids?$/.test(name));
  return Object.fromEntries(wanted.map(([name, inner]) => [name, sample(inner, name, ground)]));
}
