import { describe, expect, it } from '@jest/globals';
import { Params, ruleSql } from '../../../src/features/audience/segment-sql.js';
import { SegmentRule } from '../../../src/features/audience/segment.schema.js';

describe('A rule as SQL', () => {
  it('puts every value into a parameter, numbered after those before it', () => {
    const params = new Params(4);
    const rule = SegmentRule.parse({
      match: 'all',
      conditions: [{ kind: 'tag', tag: " MILANO'; DROP TABLE lists; --" }, { kind: 'no-tag', tag: 'ex' }, { kind: 'language', language: 'it' }, { kind: 'joined-after', at: '2026-01-01T00:00:00Z' }, { kind: 'joined-before', at: '2026-02-01T00:00:00+01:00' }],
    });
    expect(ruleSql(rule, params)).toBe(
      '(s.tags @> ARRAY[$4::text] AND NOT s.tags @> ARRAY[$5::text] AND p.language = $6 AND s.confirmed_at >= $7::timestamptz AND s.confirmed_at < $8::timestamptz)',
    );
    expect(params.values).toEqual(["milano'; drop table lists; --", 'ex', 'it', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00+01:00']);
  });

  it('joins with OR where one condition is enough', () => {
    const params = new Params();
    expect(ruleSql({ match: 'any', conditions: [{ kind: 'tag', tag: 'a' }, { kind: 'tag', tag: 'b' }] }, params)).toBe('(s.tags @> ARRAY[$1::text] OR s.tags @> ARRAY[$2::text])');
  });
});

describe('A rule', () => {
  it.each([
    { match: 'all', conditions: [] },
    { match: 'some', conditions: [{ kind: 'language', language: 'it' }] },
    { match: 'all', conditions: [{ kind: 'tag', tag: ' ' }] },
    { match: 'all', conditions: [{ kind: 'joined-after', at: 'yesterday' }] },
    { match: 'all', conditions: [{ kind: 'sql', sql: 'true' }] },
    { match: 'all', conditions: Array.from({ length: 21 }, () => ({ kind: 'language', language: 'it' })) },
  ])('like %j is refused', (rule) => {
    expect(SegmentRule.safeParse(rule).success).toBe(false);
  });
});
