import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor, toPage } from '../../../src/infra/http/page.js';
import { PageQuery } from '../../../src/infra/http/page.schema.js';
import { DomainError } from '../../../src/infra/http/problem.js';

const Key = z.tuple([z.string(), z.number()]);

describe('A page', () => {
  it('hands its last sort key on as a cursor that reads back the same', () => {
    const { items, next } = toPage([1, 2, 3], 2, (n) => [`ü${n}`, n]);
    expect(items).toEqual([1, 2]);
    expect(decodeCursor(next ?? '', Key)).toEqual(['ü2', 2]);
  });

  it('is the last one when there are no more rows than asked for', () => {
    expect(toPage([1, 2], 2, (n) => [n]).next).toBeNull();
    expect(toPage([], 2, (n: number) => [n]).next).toBeNull();
  });

  it.each(['nonsense', encodeCursor([1, 'wrong way round']), encodeCursor(['too short']), '%%%'])('refuses the cursor %s', (cursor) => {
    expect(() => decodeCursor(cursor, Key)).toThrow(DomainError);
  });

  it('has 1 to 200 items, 50 if not said', () => {
    expect(PageQuery.parse({}).limit).toBe(50);
    expect(PageQuery.parse({ limit: '200' }).limit).toBe(200);
    expect([PageQuery.safeParse({ limit: '0' }).success, PageQuery.safeParse({ limit: '201' }).success, PageQuery.safeParse({ limit: 'x' }).success]).toEqual([false, false, false]);
  });
});
