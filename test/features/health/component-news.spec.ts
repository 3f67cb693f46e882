import { describe, expect, it } from '@jest/globals';
import { ComponentNews, unsaid } from '../../../src/features/health/component-news.service.js';
import type { Kept } from '../../../src/features/health/component-rows.service.js';
import type { OfficialWords } from '../../../src/features/health/health.events.js';
import type { OfficialService } from '../../../src/features/health/official.service.js';
import type { OutletsService } from '../../../src/features/health/outlets.service.js';
import type { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Metrics } from '../../../src/infra/metrics.js';
import { Bed, START } from '../../core/detector-kit.js';

const ID = 'mastodon:publish@mastodon.social';

/** The room's ear: what it would be told after each state, and how long things took. */
function listening() {
  let words: OfficialWords | null | undefined = null;
  const seen = { detection: [] as number[], outage: [] as number[] };
  const metrics = { detection: { observe: (s: number) => seen.detection.push(s) }, outage: { observe: (s: number) => seen.outage.push(s) } };
  const outlets = { platformOf: () => ({ connectorId: 'mastodon', host: 'mastodon.social', name: 'Mastodon', infraGroup: null }) };
  const news = new ComponentNews({ words: () => words } as unknown as OfficialService, outlets as unknown as OutletsService, {} as FactWriter, metrics as unknown as Metrics);
  let kept: ReadonlyMap<string, Kept> = new Map();
  const hear = (after: ReadonlyMap<string, Kept>) => {
    const told = news.of(kept, after);
    news.measure(told);
    kept = new Map([...after].map(([id, one]) => [id, { ...one, said: told.get(id)?.said ?? one.said }]));
    return told.get(ID)?.fact ?? null;
  };
  return {
    seen,
    page: (said: OfficialWords | null | undefined) => void (words = said),
    hear: (bed: Bed, beside: Record<string, Kept> = {}) => hear(new Map([...Object.entries(beside), [ID, { state: bed.state, said: kept.get(ID)?.said ?? unsaid, canary: null }]])),
    gone: () => hear(new Map()),
  };
}
/** Down by probes, which began to fail at 31 s. */
const down = () => {
  const bed = new Bed().wait(30);
  bed.until('down', 120, bed.probing(false));
  return bed;
};
/** Heard each second, as the watch does, until it is believed to be back. @returns the second of the first probe that was answered again */
const recover = (bed: Bed, ear: ReturnType<typeof listening>): number => {
  let first = 0;
  bed.until('recovering', 200, (one) => {
    ear.hear(one);
    if (first === 0 && one.seconds % 5 === 0) first = one.seconds;
    bed.probing(true)(one);
  });
  return first;
};
const isoAt = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
const words = { text: 'We are looking into it.', url: 'https://status.example/1', at: isoAt(60) };

describe('what is told of a component', () => {
  it('is nothing as long as it stays as it was', () => {
    const ear = listening();
    const bed = new Bed();
    expect(ear.hear(bed)).toMatchObject({ from: 'unknown', to: 'up' });
    expect(ear.hear(bed.wait(20, bed.probing(true)))).toBeNull();
  });

  it('is that it fell, since when, by which rule and on what evidence', () => {
    const ear = listening();
    ear.hear(new Bed().wait(30));
    const bed = down();
    expect(ear.hear(bed)).toEqual({
      componentId: ID, platform: { connectorId: 'mastodon', host: 'mastodon.social', name: 'Mastodon', infraGroup: null },
      from: 'up', to: 'down', media: 'down', impaired: false, at: isoAt(bed.seconds), firstAt: isoAt(35), kind: 'unavailable', by: 'probes', cause: 'technical-fault', confidence: 0.5,
      evidence: { writes: 0, accounts: 0, groups: 0, probes: 8, refusals: 0, official: 'none' }, official: null, upstream: null,
    });
  });

  it('is, once, by which upstream it fell, also if that is known only later; and it stays so until it is up', () => {
    const ear = listening();
    const bed = down();
    expect(ear.hear(bed)).toMatchObject({ to: 'down', upstream: null });
    const sibling = { kind: 'sibling', id: 'bluesky:publish@bsky.social', relation: 'upstream', edge: 'cloudflare' } as const;
    bed.send({ ...sibling, down: true });
    expect(ear.hear(bed)).toMatchObject({ from: 'down', to: 'down', cause: 'shared-upstream', confidence: 0.7, upstream: { edge: 'cloudflare', with: [sibling.id] } });
    expect(ear.hear(bed.wait(5, bed.probing(false)))).toBeNull();
    bed.send({ ...sibling, down: false });
    expect(ear.hear(bed)).toBeNull();
    bed.until('recovering', 200, bed.probing(true));
    expect(ear.hear(bed)).toMatchObject({ to: 'recovering', upstream: { edge: 'cloudflare' } });
    bed.until('up', 400, bed.probing(true));
    expect(ear.hear(bed)).toMatchObject({ to: 'up', upstream: null });
  });

  it('counts the accounts and the clients whose posts failed', () => {
    const ear = listening();
    const bed = new Bed().used('w/c1/a', 'w/c1/b', 'w/c2/c', 'w/c3/d').wait(5);
    bed.write('unavailable', 'w/c1/a').write('unavailable', 'w/c1/b').write('uncertain', 'w/c2/c').write('unauthorized', 'w/c3/d');
    expect(ear.hear(bed)).toMatchObject({ to: 'suspect', evidence: { writes: 3, accounts: 3, groups: 2, probes: 0, refusals: 1 } });
  });

  it('is that only media fell, although text flows', () => {
    const ear = listening();
    const bed = new Bed().used('a', 'b', 'c');
    const failing = (one: Bed) => {
      if (one.seconds % 5 === 0) for (const who of ['a', 'b', 'c']) one.write('delivered', who).write('unavailable', `${who}-film`, { media: true });
    };
    bed.until('down', 120, failing);
    ear.hear(new Bed().wait(1));
    expect(ear.hear(bed)).toMatchObject({ from: 'up', to: 'degraded', media: 'down', kind: 'media' });
  });

  it('is that it comes back, and is up again, after which nothing is the matter', () => {
    const ear = listening();
    const bed = down();
    ear.hear(bed);
    const firstSign = recover(bed, ear);
    expect(bed.seconds - firstSign).toBeGreaterThanOrEqual(20); // three signs, ten seconds apart: by then it is believed
    expect(ear.hear(bed)).toMatchObject({ from: 'down', to: 'recovering', at: isoAt(firstSign) });
    bed.until('up', 400, bed.probing(true));
    expect(ear.hear(bed)).toMatchObject({ from: 'recovering', to: 'up', kind: null, by: null });
  });

  it('is the operator’s word from the moment it is said, however long the platform has been up', () => {
    const ear = listening();
    const bed = new Bed();
    ear.hear(bed.wait(100, bed.probing(true)));
    bed.send({ kind: 'operator', word: { state: 'down', until: START + 3_600_000 } }).wait(1);
    expect(ear.hear(bed)).toMatchObject({ to: 'down', at: isoAt(101), by: null });
  });

  it('tells unknown because of us from unknown for lack of evidence', () => {
    const ear = listening();
    const bed = new Bed().wait(10);
    ear.hear(bed);
    expect(ear.hear(bed.guard({ impaired: true }).wait(1))).toMatchObject({ to: 'unknown', impaired: true });
    expect(ear.hear(bed.wait(20))).toMatchObject({ from: 'unknown', to: 'up', impaired: false });
    expect(ear.hear(bed.wait(700))).toMatchObject({ from: 'up', to: 'unknown', impaired: false });
  });

  it('is what the platform says itself, as soon as it says it, and again when it says something else', () => {
    const ear = listening();
    const bed = down();
    ear.hear(bed);
    ear.page(words);
    expect(ear.hear(bed.wait(5))).toMatchObject({ from: 'down', to: 'down', official: words });
    ear.page({ ...words, at: isoAt(90) });
    expect(ear.hear(bed.wait(5))).toBeNull();
    ear.page(undefined);
    expect(ear.hear(bed.wait(5))).toBeNull();
    ear.page({ ...words, text: 'It is a cable.' });
    expect(ear.hear(bed.wait(5))).toMatchObject({ official: { text: 'It is a cable.' } });
  });

  it('is nothing of what a platform says while all is well here', () => {
    const ear = listening();
    ear.hear(new Bed());
    ear.page(words);
    expect(ear.hear(new Bed().wait(3))).toBeNull();
  });

  it('is told of all others when it cannot be told of one', () => {
    const ear = listening();
    const bed = down();
    const broken = { state: { ...bed.state, looks: [null] }, said: unsaid, canary: null } as unknown as Kept;
    expect(ear.hear(bed, { 'x:publish@broken.example': broken })).toMatchObject({ componentId: ID, to: 'down' });
  });

  it('is taken back when nobody uses the component any more', () => {
    const ear = listening();
    ear.hear(down());
    expect(ear.gone()).toMatchObject({ from: 'down', to: 'unknown', impaired: false, kind: null });
    expect(ear.gone()).toBeNull();
  });
});

describe('the figures', () => {
  it('are the seconds from the first failure to down, and from down to its end', () => {
    const ear = listening();
    ear.hear(new Bed().wait(1));
    const bed = down();
    const since = bed.seconds;
    for (const one of [bed, bed.wait(10)]) ear.hear(one);
    expect(ear.seen).toEqual({ detection: [since - 35], outage: [] });
    const firstSign = recover(bed, ear);
    ear.hear(bed);
    expect(ear.seen.outage).toEqual([firstSign - since]);
  });

  it('do not count what an operator said', () => {
    const ear = listening();
    const bed = new Bed().wait(10);
    ear.hear(bed);
    ear.hear(bed.send({ kind: 'operator', word: { state: 'down', until: START + 60_000 } }).wait(1));
    ear.hear(bed.send({ kind: 'operator', word: null }).wait(1));
    expect(ear.seen).toEqual({ detection: [], outage: [] });
  });
});
