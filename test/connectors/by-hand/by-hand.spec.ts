import { describe, expect, it } from '@jest/globals';
import { byHand } from '../../../src/connectors/by-hand/index.js';
import { connectors } from '../../../src/connectors/registry.js';
import { contentOf, partOf, type Peer, unheard, worldOf } from '../contract.js';

const account = { platform: 'Instagram', page: 'https://www.instagram.com/', instructions: 'With @bar_aurora' };
const peer: Peer = { ...unheard, account, posts: async () => [] };
const { world } = worldOf(peer);

describe('by hand', () => {
  it('is in the registry, as the one outlet where a person posts', () => {
    expect(connectors.filter((connector) => connector.byHand)).toEqual([byHand]);
  });

  it('takes the platform as people say it, and its own page by https alone', () => {
    expect(byHand.account.parse(account)).toEqual(account);
    expect(byHand.account.safeParse({ platform: 'TikTok', page: 'https://www.tiktok.com/upload' }).success).toBe(true);
    for (const wrong of [{}, { ...account, platform: ' ' }, { ...account, page: 'http://www.instagram.com/' }, { ...account, page: 'javascript:alert(1)' }, { ...account, page: 'instagram' }]) {
      expect(byHand.account.safeParse(wrong).success).toBe(false);
    }
  });

  it('looks and probes well without asking anybody', async () => {
    expect(await byHand.look(account, world)).toEqual({ kind: 'ok', accountName: 'Instagram (by hand)', url: null, learned: { platform: 'Instagram' } });
    expect(await byHand.probe(byHand.host(account), world)).toEqual({ kind: 'ok', latencyMs: 0 });
  });

  it('sends nothing, and says whose it is', async () => {
    expect(await byHand.commit(partOf('Ciao'), account, world)).toEqual({ kind: 'local', detail: expect.stringContaining('by a person') });
    expect(['find' in byHand, 'prepare' in byHand]).toEqual([false, false]);
  });

  it('takes long texts, threads and films, but not nothing', () => {
    const limits = byHand.limits();
    const film = { mediaId: 'm', mime: 'video/mp4', bytes: 900_000_000, width: null, height: null, alt: '' };
    expect(limits.check({ ...contentOf('a'.repeat(100_000)), media: [film] })).toEqual([]);
    expect(limits.check(contentOf('a'.repeat(100_001))).map(({ code }) => code)).toEqual(['text-too-long']);
    expect(limits.check(contentOf(' ')).map(({ code }) => code)).toEqual(['text-empty']);
    expect(limits.check({ ...contentOf('a'), media: [{ ...film, mime: 'text/html' }] }).map(({ code }) => code)).toEqual(['media-type']);
    expect(limits.maxParts).toBeGreaterThan(1);
  });
});
