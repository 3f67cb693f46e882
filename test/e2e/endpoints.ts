import type { NestExpressApplication } from '@nestjs/platform-express';
import { DiscoveryService } from '@nestjs/core';
import { type Endpoint, Endpoints } from '../../src/infra/http/endpoints.js';
import { sampleOf } from './sample.js';

export interface Call {
  readonly method: string;
  /** With the global prefix and the query. */
  readonly url: string;
  readonly body: unknown;
}

/** Endpoints outside /api/v1: as in dress.ts. */
const outside = /^\/($|sign-in|sign-out|demo$|desk\/|health\/|metrics$|public\/)/;

/** What only a refinement demands, and a JSON schema cannot say. */
const also: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'GET /calendar': { from: '2031-03-01T00:00:00Z', to: '2031-04-01T00:00:00Z' },
  'POST /maintenances': { from: '2031-03-04T08:00:00Z' },
  'PATCH /series/:id': { scope: 'all' },
  'POST /series/:id/cancel': { scope: 'all' },
  'POST /posts/bulk/move': { by: { days: 1 } },
  'POST /posts/:id/move': { wallAt: '2031-03-05T10:00' },
};

export function endpointsOf(app: NestExpressApplication): readonly Endpoint[] {
  return app.get(Endpoints, { strict: false }).list();
}

/** A call an endpoint would take, with the ids that `ids` gives: for `:id` it is asked by the word before, e.g. `clients`. */
export function callOf(app: NestExpressApplication, endpoint: Endpoint, ids: (name: string) => string): Call {
  const words = endpoint.path.split('/');
  const path = words.map((word, i) => (word.startsWith(':') ? named(word === ':id' ? (words[i - 1] ?? '') : word.slice(1), ids) : word)).join('/');
  const more = also[`${endpoint.method} ${endpoint.path}`] ?? {};
  const query = schemasOf(app, endpoint, 4).flatMap((schema) => Object.entries({ ...(sampleOf(schema, ids) as Record<string, unknown>), ...more }));
  const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, String(value)])).toString();
  const [sample] = schemasOf(app, endpoint, 3).map((schema) => sampleOf(schema, ids));
  const body = typeof sample === 'object' && sample !== null ? { ...sample, ...more } : sample;
  return { method: endpoint.method, url: `${outside.test(endpoint.path) ? '' : '/api/v1'}${path}${search ? `?${search}` : ''}`, body };
}

/** Of what a path names and no workspace owns: the id is no secret and no UUID. */
const everybodys: Readonly<Record<string, string>> = { components: 'sandbox-alpha:publish@sandbox.invalid' };

function named(name: string, ids: (name: string) => string): string {
  return everybodys[name] ?? ids(name);
}

/** Schemas of the body (3) or the query (4), as Nest keeps them for the handler. */
function schemasOf(app: NestExpressApplication, endpoint: Endpoint, kind: 3 | 4): unknown[] {
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  const controller = controllers.find(({ metatype }) => typeof metatype === 'function' && metatype.name === endpoint.controller)?.metatype;
  const args = Reflect.getMetadata('__routeArguments__', controller as object, endpoint.handler) as Record<string, { schema?: unknown }> | undefined;
  return Object.entries(args ?? {}).flatMap(([key, { schema }]) => (key.startsWith(`${kind}:`) && schema ? [schema] : []));
}
