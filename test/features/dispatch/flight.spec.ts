import { describe, expect, it } from '@jest/globals';
import type { Flight } from '../../../src/features/posts/flight.schema.js';
import { partOf, tried } from '../../../src/features/dispatch/flight.js';
import { partKey } from '../../../src/infra/part-key.js';

const content = { text: 'hello', media: [], link: null, language: null, options: {} };
const flight: Flight = {
  id: 'd', epoch: 4, arming: 1, tries: 0, failingSince: null, dueAt: 1, intentAt: 2, workspaceId: 'w', clientId: 'c', postId: 'p', channelId: 'ch',
  connectorId: 'sandbox-alpha', componentId: 'x', partId: 'part', position: 0, kind: 'post', content, stampAt: 3, before: null, kept: null,
};

describe('the key of a part', () => {
  it('is the same for every claim of an arming, and another for the next arming and the next part', () => {
    expect(partOf({ ...flight, epoch: 9 }).key).toBe(partOf(flight).key);
    expect(new Set([partKey('part', 1), partKey('part', 2), partKey('other', 1), partKey('part/1', 1)]).size).toBe(4);
    expect(partKey('part', 1)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the part whose turn it is', () => {
  it('stands alone when it is the first', () => {
    expect(partOf(flight)).toMatchObject({ parent: null, root: null, stampAt: 3, content });
  });

  it('answers the one before it, in the thread of the first', () => {
    const before = [{ remoteId: '1', url: null }, { remoteId: '2', url: null }];
    expect(partOf({ ...flight, position: 2, kind: 'reply', before })).toMatchObject({ parent: { remoteId: '2' }, root: { remoteId: '1' }, kind: 'reply' });
  });
});

describe('a try', () => {
  it('tells what was sent by its hash, and each has its own id', () => {
    const terms = { kind: 'commit', workerId: 'me', startedAt: 5, finishedAt: 6 } as const;
    const [one, two, other] = [tried(flight, terms), tried(flight, terms), tried({ ...flight, content: { ...content, text: 'hallo' } }, terms)];
    expect(one.contentHash).toBe(two.contentHash);
    expect(one.contentHash).not.toBe(other.contentHash);
    expect(one.attemptId).not.toBe(two.attemptId);
    expect(one).toMatchObject({ deliveryId: 'd', epoch: 4, arming: 1, stampAt: 3 });
  });
});
