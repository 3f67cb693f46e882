import { describe, expect, it } from '@jest/globals';
import { type ComingPost, matchSeries } from '../../../src/features/posts/series-plan.js';

const post = (id: string, occurrence: string, plain = true): ComingPost => ({ id, version: 1, occurrence, plain });
const wanted = (...walls: string[]) => walls.map((wall, at) => ({ wall, at }));

describe('matchSeries', () => {
  it('makes each plain post anew under its own id when the hour changes', () => {
    const plan = matchSeries([post('a', '2027-01-01T09:00:00'), post('b', '2027-01-02T09:00:00')], wanted('2027-01-01T10:00:00', '2027-01-02T10:00:00'));
    expect(plan.making.map(({ wall, from }) => [wall, from?.id])).toEqual([['2027-01-01T10:00:00', 'a'], ['2027-01-02T10:00:00', 'b']]);
    expect(plan.gone).toEqual([]);
  });

  it('gives no twin to a post that somebody made their own', () => {
    const plan = matchSeries([post('mine', '2027-01-01T09:00:00', false)], wanted('2027-01-01T10:00:00', '2027-01-02T10:00:00'));
    expect(plan.making.map(({ wall }) => wall)).toEqual(['2027-01-02T10:00:00']);
    expect(plan.renamed).toEqual([{ id: 'mine', occurrence: '2027-01-01T10:00:00' }]);
  });

  it('lets go of plain posts on dates that are no longer wanted, and keeps the others', () => {
    const plan = matchSeries([post('a', '2027-01-01T09:00:00'), post('mine', '2027-01-02T09:00:00', false)], wanted('2027-01-03T09:00:00'));
    expect(plan.gone.map(({ id }) => id)).toEqual(['a']);
    expect(plan.renamed).toEqual([]);
    expect(plan.making).toHaveLength(1);
  });

  it('prefers the same wall time over the same date', () => {
    const plan = matchSeries([post('nine', '2027-01-01T09:00:00'), post('ten', '2027-01-01T10:00:00', false)], wanted('2027-01-01T10:00:00', '2027-01-01T11:00:00'));
    expect(plan.renamed).toEqual([]);
    expect(plan.making.map(({ wall, from }) => [wall, from?.id])).toEqual([['2027-01-01T11:00:00', 'nine']]);
  });
});
