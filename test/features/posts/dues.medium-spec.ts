import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DuesService } from '../../../src/features/posts/dues.service.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

let house: DispatchHouse;
beforeAll(async () => {
  house = await openDispatch();
});
afterAll(() => house.close());

/** As a part stands that was written before words of time were looked for. */
async function planned(text: string, dueInMs: number): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel('alpha'), dueInMs, text });
  await house.dataSource.query('UPDATE parts SET time_word = NULL, words_read = false WHERE delivery_id = $1', [id]);
  return id;
}
const read = (id: string) => house.get(DuesService).read(id);

describe('what was planned before words of time were looked for', () => {
  it('is read once it is late', async () => {
    expect(await read(await planned('see you tonight', -3_600_000))).toMatchObject({ timed: true, timeWord: 'tonight' });
    expect(await read(await planned('our new menu', -3_600_000))).toMatchObject({ timed: false, timeWord: null });
  });

  it('says nothing of time while it is not late', async () => {
    expect(await read(await planned('see you tonight', 0))).toMatchObject({ timed: false, timeWord: null });
  });
});
