import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PREPARES_PER_COMPONENT } from '../../../src/features/dispatch/component-slots.js';
import { PreparesService } from '../../../src/features/dispatch/prepares.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
let uploads = 0;
/** Uploads hang until their process stops. */
const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const cut = (): void => reject(new Error('cut short'));
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
  });

beforeAll(async () => {
  house = await openDispatch({
    tamper: ({ connector, ...aboard }) => ({
      ...aboard,
      connector: {
        ...connector,
        prepare: async (_part, _account, world) => {
          uploads += 1;
          return hang(world.signal);
        },
      },
    }),
  });
});
afterAll(() => house.close());

it('uploads that hang leave slots for what is due, and end with their process', async () => {
  const prepares = house.get(PreparesService);
  const ids = await house.plan(...Array.from({ length: PREPARES_PER_COMPONENT + 5 }, (_, i) => ({ channel: house.channel('media'), dueInMs: 60_000, text: `hangs ${i}` })));
  let ended = 0;
  const all = Promise.all(ids.map((id) => prepares.ahead(id).then(() => (ended += 1))));
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await Promise.race([sleep(20), all]);
  };
  await until(() => uploads >= PREPARES_PER_COMPONENT && ended === 5); // those without a slot
  expect(uploads).toBe(PREPARES_PER_COMPONENT);

  const [due = ''] = await house.plan({ channel: house.channel('media'), dueInMs: 0, text: 'due now' });
  await house.dataSource.query(`UPDATE parts SET content = jsonb_set(content, '{media}', '[{}]'::jsonb) WHERE delivery_id = $1`, [due]);
  const running = house.dispatch.run(due);
  await until(() => uploads > PREPARES_PER_COMPONENT);
  expect(uploads).toBe(PREPARES_PER_COMPONENT + 1);

  prepares.stop();
  await Promise.all([all, running]);
  const [left] = await house.dataSource.query('SELECT count(*)::int AS n FROM deliveries WHERE prepare_until IS NOT NULL');
  expect(left).toEqual({ n: 0 });
  expect(await house.delivery(due)).toMatchObject({ state: 'scheduled', code: null, tries: 0 });
});
