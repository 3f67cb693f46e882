import { describe, expect, it } from '@jest/globals';
import { initial, restored } from '../../src/core/detector-state.js';
import type { Edge } from '../../src/core/edge.js';
import { atEdge, sharedEdge } from '../../src/core/upstream.js';
import { Bed, START } from './detector-kit.js';

const failing = (edge?: Edge) => (bed: Bed) => {
  if (bed.seconds % 5 === 0) bed.send({ kind: 'probe', at: START + bed.seconds * 1_000, process: 'p', ok: false, ...(edge && { edge }) });
};
/** Its trouble begins after so many seconds; seen at `until`. */
const troubled = (after: number, until: number, edge?: Edge) => {
  const bed = new Bed();
  return bed.wait(after, bed.probing(true)).wait(until - after, failing(edge));
};

describe('A component fails at an edge', () => {
  it('from the second probe on that the edge answered itself', () => {
    expect(atEdge(troubled(10, 15, 'cloudflare').state)).toBeNull();
    expect(atEdge(troubled(10, 20, 'cloudflare').state)).toEqual({ edge: 'cloudflare', since: START + 15_000 });
  });

  it('not while its probes fail in another way', () => {
    expect(atEdge(troubled(10, 60).state)).toBeNull();
  });

  it('and does so no more once it is back, or ten minutes after', () => {
    const bed = troubled(10, 60, 'cloudflare');
    bed.until('recovering', 400, bed.probing(true));
    expect(atEdge(bed.state)).toBeNull();
    expect(atEdge(troubled(10, 60, 'cloudflare').wait(601, failing()).state)).toBeNull();
  });

  it('not by what was seen while our own network was in doubt', () => {
    const bed = troubled(10, 20, 'cloudflare');
    expect(atEdge(bed.guard({ impaired: true }).state)).toBeNull();
  });
});

describe('Two components share what is down', () => {
  const at = (after: number, edge: Edge, until = 700) => troubled(after, until, edge).state;

  it('when both fail at one edge since about the same time', () => {
    expect(sharedEdge(at(100, 'cloudflare'), at(650, 'cloudflare'))).toBe('cloudflare');
  });

  it('not at two edges', () => {
    expect(sharedEdge(at(100, 'cloudflare'), at(100, 'fastly'))).toBeNull();
  });

  it('not with one that has been down for longer than ten minutes', () => {
    expect(sharedEdge(at(50, 'cloudflare', 800), at(750, 'cloudflare', 800))).toBeNull();
  });
});

describe('A stored state from before edges were noted', () => {
  it('is taken up as it was', () => {
    const { edges: _edges, ...before } = { ...initial(), phase: 'down' as const, since: START };
    expect(restored(before)).toMatchObject({ phase: 'down', since: START, edges: [] });
  });
});
