import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AudienceService } from '../../../src/features/audience/audience.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { numberOf, seedList } from './sms-seed.js';

/** SMS under way at a time (sms-sending.service.ts). */
const atOnce = 5;
let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

/** While the first is under way, and never again. */
const atTheFirst = (act: () => Promise<unknown>): void => {
  let acting: Promise<unknown> | null = null;
  house.phones.arriving = async () => void (await (acting ??= act()));
};

describe('While a round goes', () => {
  it('nobody gets it who answers STOP before their own has begun', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 30 })] });
    const stop = { workspaceId: brand.workspaceId, clientId: brand.clientId, kind: 'phone', reason: 'stop', detail: 'STOP' } as const;
    atTheFirst(() => house.database.transaction(async (manager) => {
      for (let n = 0; n < 30; n += 1) await house.get(AudienceService).suppress(manager, { ...stop, addressKey: numberOf(n) });
    }));
    await house.send();
    const { sent = 0, suppressed = 0, ...others } = await house.states(roundId);
    expect(others).toEqual({});
    expect(sent).toBeLessThanOrEqual(atOnce);
    expect(sent + suppressed).toBe(30);
    expect(house.phones.taken).toHaveLength(sent);
  });

  it('a pause of everything holds for whoever has not begun', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 60 })] });
    atTheFirst(() => house.database.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'x', '{}')`, [brand.workspaceId]));
    await house.send();
    await house.database.query('DELETE FROM pauses');
    const { sent = 0, waiting = 0 } = await house.states(roundId);
    expect(sent).toBeLessThanOrEqual(atOnce);
    expect(sent + waiting).toBe(60);
  });
});
