import { describe, expect, it } from '@jest/globals';
import { bodyOf, workspacesOf } from '../../../src/features/webhooks/webhook-body.js';
import type { TakenFact } from '../../../src/infra/facts/fact-takers.js';

const fact = (more: Partial<TakenFact>): TakenFact => ({
  id: 'e1', at: new Date('2026-11-22T17:00:00Z'), kind: 'delivery.failed', workspaceId: 'w1', subjectId: 'd1', payload: {}, ...more,
});
const said = (more: Partial<TakenFact>, workspaceId = 'w1'): unknown => JSON.parse(bodyOf(fact(more), workspaceId));

describe('A message', () => {
  it('says what happened to which delivery, and why in a sentence', () => {
    const payload = { deliveryId: 'd1', postId: 'p1', channelId: 'c1', clientId: 'l1', reason: { code: 'refused', detail: 'Text too long' } };
    expect(said({ payload })).toEqual({
      type: 'delivery.failed',
      timestamp: '2026-11-22T17:00:00.000Z',
      data: {
        workspaceId: 'w1', deliveryId: 'd1', postId: 'p1', channelId: 'c1', clientId: 'l1',
        reason: { code: 'refused', detail: 'Text too long', sentence: 'The platform refused it: Text too long' },
      },
    });
  });

  it('gives where it is on the platform', () => {
    expect(said({ kind: 'delivery.published', payload: { deliveryId: 'd1', remoteId: '42', url: 'https://social.example/42' } })).toMatchObject({
      data: { deliveryId: 'd1', remoteId: '42', url: 'https://social.example/42' },
    });
  });

  it('names a channel by its id', () => {
    expect(said({ kind: 'channel.reconnect', subjectId: 'c9', payload: { name: 'Bar' } })).toMatchObject({ data: { channelId: 'c9', name: 'Bar' } });
  });

  it('explains what many wait for', () => {
    expect(said({ kind: 'delivery.waiting', subjectId: null, payload: { cause: 'paused', count: 7, connectorId: 'mastodon' } })).toMatchObject({
      data: { cause: 'paused', count: 7, reason: { code: 'paused', sentence: 'Publishing is paused.' } },
    });
  });

  it('of SMS and calls names the round or the call, and says why', () => {
    const nobody = { reason: { code: 'sms-nobody', params: { today: 2, unwanted: 1, refused: 0 } }, count: 3, clientId: 'l1' };
    expect(said({ kind: 'sms.stopped', subjectId: 'r1', payload: nobody })).toMatchObject({
      data: { roundId: 'r1', count: 3, reason: { code: 'sms-nobody', sentence: 'None of 3 people got it: 2 had an SMS today already, 1 want no more, 0 numbers were refused by the gateway.' } },
    });
    expect(said({ kind: 'sms.waiting', subjectId: 'r1', payload: { reason: { code: 'sms-night' }, to: '2031-03-05T08:00:00.000Z' } })).toMatchObject({ data: { to: '2031-03-05T08:00:00.000Z', reason: { sentence: expect.stringContaining('2031-03-05T08:00:00.000Z (UTC)') } } });
    expect(said({ kind: 'call.not-made', subjectId: 'k1', payload: { clientId: 'l1', reason: { code: 'call-over-cap' } } })).toMatchObject({ data: { callId: 'k1', reason: { sentence: expect.stringContaining('monthly limit') } } });
  });

  it('of our own downtime tells a workspace its own number only', () => {
    const ended = { kind: 'downtime.ended', workspaceId: null, payload: { from: 'a', to: 'b', held: { w1: 40, w2: 2, w3: 0 } } } as const;
    expect(workspacesOf(fact(ended))).toEqual(['w1', 'w2']);
    expect(bodyOf(fact(ended), 'w1')).not.toContain('w2');
    expect(said(ended, 'w2')).toMatchObject({ data: { workspaceId: 'w2', held: 2, from: 'a', to: 'b' } });
  });
});
