import { afterAll, describe, expect, it } from '@jest/globals';
import { openHouse } from '../kit/house.js';
import { callOf, endpointsOf } from './endpoints.js';

// The document of the running application, held against its own decorators: a new endpoint is in it by itself, or fails here.
const house = await openHouse();
afterAll(() => house.close());

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly security?: unknown;
}

const { body: document } = await house.http().get('/api/openapi.json');
const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** What stands at the root: pages and probes, no part of the API. */
const pages = ['HomeController', 'SignInPageController', 'HealthController'];
const endpoints = endpointsOf(house.app).filter(({ controller, path }) => !pages.includes(controller) && !/^\/(desk|public)\//.test(path));
const named = endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);

function operationOf({ method, path }: { readonly method: string; readonly path: string }): Operation | undefined {
  return paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
}

/** Answers without a body of ours: nothing, or the bytes of a file. */
const isBare = (operation: Operation): boolean => '204' in operation.responses;

describe('The documentation of the house', () => {
  it('lists every endpoint, and nothing else', () => {
    const listed = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((verb) => `${verb.toUpperCase()} ${path}`));
    expect(listed.sort()).toEqual(endpoints.map(({ method, path }) => `${method} /api/v1${path.replace(/:(\w+)/g, '{$1}')}`).sort());
    expect(listed.length).toBeGreaterThan(50);
  });

  it.each(named)('%s says what it answers, and how it refuses', (_, endpoint) => {
    const operation = operationOf(endpoint) as Operation;
    const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(good).toHaveLength(1);
    if (!isBare(operation)) {
      const schemas = good.flatMap(([, { content }]) => Object.values(content ?? {}).map(({ schema }) => schema));
      expect(schemas).toEqual([expect.any(Object)]);
      expect(Object.keys(schemas[0] ?? {})).not.toEqual([]);
    }
    expect(operation.responses['default']?.content?.['application/problem+json']?.schema).toEqual({ $ref: '#/components/schemas/Problem' });
    expect(operation.security).toBeDefined();
  });

  it.each(named)('%s says what it takes', (_, endpoint) => {
    const operation = operationOf(endpoint) as Operation;
    const { body, url } = callOf(house.app, endpoint, () => '0190a000-0000-7000-8000-000000000000');
    const parameters = (place: string): readonly string[] => (operation.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name);
    expect(new Set(parameters('path'))).toEqual(new Set([...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name)));
    expect(parameters('query')).toEqual(expect.arrayContaining([...new URL(url, 'http://x').searchParams.keys()]));
    if (body !== undefined) expect(Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema)).toEqual([expect.any(Object)]);
  });
});
