import { describe, expect, it } from '@jest/globals';
import { recipientStates } from '../../src/core/broadcast.js';
import { recipientSaid } from '../../src/core/recipients.js';

describe('What became of a message to one person', () => {
  it('is a sentence of its own in both languages, whatever the state', () => {
    for (const by of ['mail', 'sms'] as const) {
      const said = recipientStates.map((state) => recipientSaid(by, { state, detail: null }).why);
      for (const { en, it } of said) expect([en, it, en === it]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/), false]);
      expect(new Set(said.map(({ en }) => en)).size).toBe(recipientStates.length);
    }
  });

  it('keeps what the server said in the server’s words', () => {
    expect(recipientSaid('mail', { state: 'failed', detail: '550 5.1.1 no such user' })).toEqual({ why: expect.objectContaining({ en: 'The mail server refused it.' }), detail: '550 5.1.1 no such user' });
  });

  it('tells one that is tried again from one that waits for its turn', () => {
    const why = (detail: string | null) => recipientSaid('mail', { state: 'waiting', detail }).why.en;
    expect([why(null), why('451 try again later')]).toEqual(['It waits for its turn.', 'The mail server did not take it yet; it is tried again by itself.']);
  });

  it.each([
    ['mail', 'unconfirmed', 'the process that sent it ended before it was told what became of it', 'Postern stopped while it was being sent: they may have got it or not. It is not sent to them again by itself.'],
    ['sms', 'sent', 'caught', 'It was caught here: nothing leaves a demo.'], ['sms', 'failed', 'the gateway never had it', 'The gateway never had it: they got nothing.'],
    ['mail', 'unconfirmed', 'no answer within 60 s', 'They may have got it or not: the mail server never said. It is not sent to them again by itself.'],
    ['mail', 'waiting', 'no answer within 60 s', 'The mail server did not take it yet; it is tried again by itself.'],
  ] as const)('of %s that is %s, “%s” is no server’s word', (by, state, detail, en) => {
    expect(recipientSaid(by, { state, detail })).toEqual({ why: expect.objectContaining({ en }), detail: null });
  });

  it.each([
    ['too late', 'It became too late: they got nothing.'], ['over-cap', 'The month’s limit was used up: they got nothing.'], ['had one today', 'They had an SMS today already: they got no second one.'],
    ['stopped by Anna', 'Anna stopped it before it was their turn: they got nothing.'], ['something new', 'It was stopped before it was their turn: they got nothing.'],
  ])('puts our own “%s” into people’s words', (detail, en) => {
    expect(recipientSaid('sms', { state: 'expired', detail })).toEqual({ why: expect.objectContaining({ en }), detail: null });
  });
});
