import { describe, expect, it } from '@jest/globals';
import { StatusSource } from '../../../../src/features/health/status/source.schema.js';
import { builtInSources, readSources, speaksOf } from '../../../../src/features/health/status/sources.js';

const entry = { platform: 'acme', format: 'statuspage', url: 'https://status.acme.example/api/v2/summary.json', capabilities: { publish: ['API', ' Uploads '], read: '*' } };
const mistakesIn = (...entries: unknown[]): readonly string[] => {
  const read = readSources(JSON.stringify(entries));
  return read.kind === 'wrong' ? read.mistakes : [];
};

describe('sources that come with the house', () => {
  it.each(builtInSources.map((source) => [source.platform, source] as const))('%s is an entry an operator could write', (_, source) => {
    expect(StatusSource.parse(source)).toEqual(source);
  });

  it('know no Instagram and no Threads of their own: the Graph API stands for their calls', () => {
    for (const platform of ['facebook', 'instagram', 'threads']) {
      expect(builtInSources.find((source) => source.platform === platform)).toMatchObject({ capabilities: { publish: ['graph-api'] } });
    }
  });

  it('speak of one host where they are of one', () => {
    const social = builtInSources.find(({ platform }) => platform === 'mastodon')!;
    expect([speaksOf(social, 'mastodon', 'Mastodon.social'), speaksOf(social, 'mastodon', 'mastodon.example'), speaksOf(social, 'bluesky', 'mastodon.social')]).toEqual([true, false, false]);
  });

  it('speak of the sub-domains of a host, not of a name that ends alike', () => {
    const ghost = builtInSources.find(({ platform }) => platform === 'ghost')!;
    expect([speaksOf(ghost, 'ghost', 'brand.ghost.io'), speaksOf(ghost, 'ghost', 'myghost.io')]).toEqual([true, false]);
  });
});

describe('sources an operator writes', () => {
  it('are read, names in lower case, with what is left out', () => {
    expect(readSources(JSON.stringify([entry]))).toEqual({ kind: 'ok', sources: [{ ...entry, host: null, regions: [], capabilities: { publish: ['api', 'uploads'], read: '*' } }] });
  });

  it.each([
    ['an unknown format', { ...entry, format: 'pigeon' }, /^Status source 1 \(acme\): format must be one of statuspage, /],
    ['no web address', { ...entry, url: 'status.acme.example' }, /^Status source 1 \(acme\): url must be a web address/],
    ['a file', { ...entry, url: 'file:///etc/passwd' }, /url must be a web address/],
    ['credentials in the address', { ...entry, url: 'https://me:pw@status.acme.example/' }, /url must not hold a user name/],
    ['no platform', { ...entry, platform: undefined }, /^Status source 1: platform must be the id of a platform/],
    ['a capability nobody has', { ...entry, capabilities: { shout: '*' } }, /: capabilities does not know "shout"; known are auth, text/],
    ['no capability', { ...entry, capabilities: {} }, /capabilities must say which components/],
    ['no components', { ...entry, capabilities: { publish: [] } }, /capabilities\.publish must/],
    ['components as a number', { ...entry, capabilities: { publish: 7 } }, /capabilities\.publish must be "\*"/],
    ['a name it does not know', { ...entry, ur: 'x' }, /does not know "ur"; known are platform, host/],
    ['no object', 'https://status.acme.example', /^Status source 1: must be an object/],
  ])('are refused in one sentence for %s', (_, wrong, sentence) => {
    const mistakes = mistakesIn(wrong);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(sentence);
    expect(mistakes[0]).toMatch(/[^.]\.$/);
  });

  it('are refused with every mistake at once, each where it is', () => {
    expect(mistakesIn({ ...entry, format: 'x' }, entry, { ...entry, platform: 'b', url: 'x' }).map((mistake) => mistake.slice(0, 22))).toEqual(['Status source 1 (acme)', 'Status source 3 (b): u']);
  });

  it('are refused when one page stands there twice', () => {
    expect(mistakesIn(entry, entry)).toEqual(['Status source 2 (acme): is the same page for the same platform as source 1.']);
  });

  it.each([['no JSON', '[{]'], ['no list', '{}'], ['a list without end', `[${'1,'.repeat(600)}1]`], ['a text without end', ' '.repeat(1_000_001)]])('are refused in one sentence when the text is %s', (_, text) => {
    expect(readSources(text)).toEqual({ kind: 'wrong', mistakes: [expect.stringMatching(/^The .+\.$|^The status .+\]\.$/)] });
  });
});
