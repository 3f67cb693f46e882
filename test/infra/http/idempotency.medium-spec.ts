import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { type Dressed, dressed } from './dressed.js';

let database: TestDatabase;
let house: Dressed;
beforeAll(async () => {
  database = await createDatabase();
});
beforeEach(async () => {
  await database.dataSource.query('TRUNCATE idempotency_keys');
  house = await dressed({}, { database: database.dataSource });
});
afterEach(() => house.app.close());
afterAll(() => database.drop());

const boil = (idempotencyKey: string, body: object = { name: 'warm', litres: 1 }, key = 'pk_writes') =>
  request(house.app.getHttpServer()).post('/api/v1/kettles').set('Authorization', `Bearer ${key}`).set('Idempotency-Key', idempotencyKey).send(body);

describe('A repeated write', () => {
  it('gets the first answer again, byte for byte, and does nothing', async () => {
    const first = await boil('one');
    const second = await boil('one', { litres: 1, name: 'warm' });
    expect(second.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(house.stove.boiled).toBe(1);
  });

  it('gets the first refusal again', async () => {
    await boil('no', { name: 'cold', litres: 1 });
    const second = await boil('no', { name: 'cold', litres: 1 });
    expect(second.status).toBe(409);
    expect(second.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(second.body).toMatchObject({ code: 'kettle-cold', degrees: 3 });
    expect(house.stove.boiled).toBe(1);
  });

  it('that asks for something else under the same key is refused', async () => {
    await boil('one');
    const { status, body } = await boil('one', { name: 'warm', litres: 2 });
    expect({ status, code: body.code, boiled: house.stove.boiled }).toEqual({ status: 422, code: 'idempotency-key-reused', boiled: 1 });
  });

  it('is told to wait while the first is on its way', async () => {
    let open = (): void => undefined;
    house.stove.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = boil('slow').then((answer) => answer.status);
    while (house.stove.boiled === 0) await new Promise((resolve) => setImmediate(resolve));
    const { status, body, headers } = await boil('slow');
    expect({ status, code: body.code, retry: headers['retry-after'] }).toEqual({ status: 409, code: 'idempotency-on-its-way', retry: '2' });
    open();
    expect(await first).toBe(201);
    expect(house.stove.boiled).toBe(1);
  });

  it('happens once when ten come at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => boil('ten')));
    expect(house.stove.boiled).toBe(1);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
  });

  it('is tried again after a refusal for a trouble on our side', async () => {
    expect((await boil('again', { name: 'burst', litres: 1 })).status).toBe(503);
    await boil('again', { name: 'burst', litres: 1 });
    expect(house.stove.boiled).toBe(2);
  });

  it.each(['bug', 'lost'])('is told at once to look, when the first failed after its work had begun: %s', async (name) => {
    expect((await boil('midway', { name, litres: 1 })).status).toBeGreaterThanOrEqual(500);
    const { status, body } = await boil('midway', { name, litres: 1 });
    expect({ status, code: body.code, boiled: house.stove.boiled }).toEqual({ status: 409, code: 'idempotency-cut-off', boiled: 1 });
  });

  it('is told to look, not to repeat, when the first was cut off', async () => {
    await boil('cut');
    await database.dataSource.query(`UPDATE idempotency_keys SET status = NULL, body = NULL, created_at = now() - interval '3 minutes'`);
    const { status, body } = await boil('cut');
    expect({ status, code: body.code, boiled: house.stove.boiled }).toEqual({ status: 409, code: 'idempotency-cut-off', boiled: 1 });
  });

  it('counts as new after 24 hours', async () => {
    await boil('old');
    await database.dataSource.query(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'`);
    expect((await boil('old')).headers['idempotency-replayed']).toBeUndefined();
    expect(house.stove.boiled).toBe(2);
  });

  it('of another caller is another request, though the key is the same', async () => {
    await boil('same');
    expect((await boil('same', undefined, 'pk_other')).headers['idempotency-replayed']).toBeUndefined();
    expect(house.stove.boiled).toBe(2);
  });

  it('with a key that is none is refused', async () => {
    expect((await boil('x'.repeat(201))).body.code).toBe('idempotency-key-invalid');
    expect(house.stove.boiled).toBe(0);
  });

  it('without an answer body keeps its status', async () => {
    const empty = () =>
      request(house.app.getHttpServer())
        .post('/api/v1/kettles/01900000-0000-7000-8000-000000000001/empty')
        .set({ Cookie: 'postern_session=owner', 'Sec-Fetch-Site': 'same-origin', 'Idempotency-Key': 'none' });
    expect([(await empty()).status, (await empty()).status]).toEqual([204, 204]);
    expect(house.stove.boiled).toBe(1);
  });
});
