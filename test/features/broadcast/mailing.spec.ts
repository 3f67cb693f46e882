import { describe, expect, it } from '@jest/globals';
import { Mailing, type MailingGround } from '../../../src/features/broadcast/mailing.js';
import type { Reserved, Turn } from '../../../src/features/broadcast/recipient-rows.service.js';
import type { MailResult } from '../../../src/features/broadcast/smtp-lane.js';

/** People in a table of the test's own, under the same rules: an intent first, one uncertain per connection at most. */
function ground(people: number, { lanes = 3, answer = () => ({ outcome: 'sent' }), refuseTurns = 0, stoodStill = () => false }: { lanes?: number; answer?: (to: string) => Partial<MailResult>; refuseTurns?: number; stoodStill?: () => boolean } = {}) {
  const state = new Map(Array.from({ length: people }, (_, n) => [`p${n}`, 'waiting']));
  const mails: string[] = [];
  const cut = new AbortController();
  let mostUncertain = 0;
  let refusals = refuseTurns;
  const made: MailingGround = {
    signal: cut.signal,
    lanes: Array.from({ length: lanes }, () => ({
      send: async (_envelope, raw, granted) => {
        if (!(await granted.catch(() => false))) return { outcome: 'let-go', code: null, detail: null, isOurs: false };
        const to = raw.toString();
        expect(state.get(to)).toBe('sending');
        mails.push(to);
        return { outcome: 'sent', code: null, detail: null, isOurs: false, ...answer(to) };
      },
      close: () => undefined,
    })),
    reserve: async () => {
      const waiting = [...state].filter(([, is]) => is === 'waiting').slice(0, 20);
      for (const [id] of waiting) state.set(id, 'reserved');
      return waiting.map(([id]): Reserved => ({ id, address: id, listId: '', tries: 0, token: '' }));
    },
    turn: async (turns: readonly Turn[]) => {
      if (refusals-- > 0) throw new Error('the database is away');
      for (const { ended } of turns) if (ended) state.set(ended.id, ended.state);
      const answers = turns.map(({ begun }) => begun !== null && state.get(begun) === 'reserved');
      turns.forEach(({ begun }, i) => answers[i] && begun !== null && state.set(begun, 'sending'));
      mostUncertain = Math.max(mostUncertain, [...state.values()].filter((is) => is === 'sending').length);
      return answers;
    },
    compose: async ({ id }) => ({ from: 'ciao@bar.example', raw: Buffer.from(id) }),
    pace: async () => undefined,
    rest: async () => undefined,
    standing: () => stoodStill,
  };
  const count = () => Object.fromEntries([...new Set(state.values())].toSorted().map((is) => [is, [...state.values()].filter((one) => one === is).length]));
  return { made, mails, state, count, cut, uncertain: () => mostUncertain };
}

describe('A mailing', () => {
  it('mails everybody once, with no more uncertain than there are connections', async () => {
    const { made, mails, count, uncertain } = ground(100);
    expect(await new Mailing(made).run()).toEqual({ kind: 'empty' });
    expect({ mails: mails.length, people: new Set(mails).size, states: count() }).toEqual({ mails: 100, people: 100, states: { sent: 100 } });
    expect(uncertain()).toBeLessThanOrEqual(3);
  });

  it('waits for the database and repeats no mail', async () => {
    const { made, mails, count } = ground(30, { refuseTurns: 7 });
    await new Mailing(made).run();
    expect({ mails: mails.length, states: count() }).toEqual({ mails: 30, states: { sent: 30 } });
  });

  it('stops after three mails in a row that nobody answered for, and leaves the others alone', async () => {
    const { made, mails, count } = ground(100, { answer: () => ({ outcome: 'unsure', detail: 'no answer within 120 s' }) });
    expect(await new Mailing(made).run()).toMatchObject({ kind: 'silence', detail: 'no answer within 120 s' });
    expect(mails.length).toBeLessThanOrEqual(5);
    expect(count()['unconfirmed']).toBe(mails.length);
  });

  it('goes on when it was silent itself: what it did not hear is unconfirmed, and no fault of the server', async () => {
    let mails = 0;
    const { made, count } = ground(20, { lanes: 1, answer: () => ((mails += 1) <= 4 ? { outcome: 'unsure' } : { outcome: 'sent' }), stoodStill: () => mails <= 4 });
    expect(await new Mailing(made).run()).toEqual({ kind: 'empty' });
    expect(count()).toEqual({ sent: 16, unconfirmed: 4 });
  });

  it('ends when the server takes nothing, and gives back what it had', async () => {
    const { made, count } = ground(50, { lanes: 1, answer: () => ({ outcome: 'away', detail: 'refused' }) });
    expect(await new Mailing(made).run()).toEqual({ kind: 'away', detail: 'refused' });
    expect(count()['sending']).toBeUndefined();
  });

  it('asks a person when the server refuses our sign-in', async () => {
    const { made } = ground(50, { lanes: 1, answer: () => ({ outcome: 'away', detail: '535 bad password', isOurs: true }) });
    expect(await new Mailing(made).run()).toEqual({ kind: 'ours', detail: '535 bad password' });
  });

  it('begins no mail once it is barred', async () => {
    const { made, mails, state } = ground(50);
    await new Mailing({ ...made, turn: async (turns) => (mails.length >= 10 ? (turns.forEach(({ ended }) => ended && state.set(ended.id, ended.state)), turns.map(() => false)) : made.turn(turns)) }).run();
    expect(mails.length).toBeLessThan(14);
    expect([...state.values()]).not.toContain('sending');
  });

  it('finishes what is on its way when it is cut', async () => {
    const { made, mails, count, cut } = ground(100, { answer: () => (cut.abort(), {}) });
    expect(await new Mailing(made).run()).toEqual({ kind: 'cut' });
    expect(mails.length).toBeLessThanOrEqual(3);
    expect(count()['sent']).toBe(mails.length);
  });
});
