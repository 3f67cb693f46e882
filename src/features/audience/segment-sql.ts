import type { SegmentCondition, SegmentRule } from './segment.schema.js';

/** The parameters of a statement being put together: `put` answers the placeholder. */
export class Params {
  readonly values: unknown[] = [];

  /** @param first the number of the first placeholder, where others stand before */
  constructor(private readonly first = 1) {}

  put(value: unknown): string {
    this.values.push(value);
    return `$${this.first + this.values.length - 1}`;
  }
}

/** A rule as a condition on `s` (subscriptions) and `p` (subscribers). Every value is a parameter. */
export function ruleSql({ match, conditions }: SegmentRule, params: Params): string {
  return `(${conditions.map((condition) => conditionSql(condition, params)).join(match === 'all' ? ' AND ' : ' OR ')})`;
}

function conditionSql(condition: SegmentCondition, params: Params): string {
  switch (condition.kind) {
    case 'tag':
      return `s.tags @> ARRAY[${params.put(condition.tag)}::text]`;
    case 'no-tag':
      return `NOT s.tags @> ARRAY[${params.put(condition.tag)}::text]`;
    case 'language':
      return `p.language = ${params.put(condition.language)}`;
    case 'joined-after':
      return `s.confirmed_at >= ${params.put(condition.at)}::timestamptz`;
    case 'joined-before':
      return `s.confirmed_at < ${params.put(condition.at)}::timestamptz`;
  }
}
