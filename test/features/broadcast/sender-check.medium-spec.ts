import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SenderDns } from '../../../src/features/broadcast/sender-dns.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { type Brand, seedBrand } from './broadcast-seed.js';

// What stands in the DNS, by name; a name that is not there has no records, and 'silent' does not answer.
let zone: Readonly<Record<string, readonly string[] | 'silent'>> = {};
const dns = new SenderDns(async (name) => {
  const records = zone[name];
  if (records === 'silent') throw Object.assign(new Error('queryTxt ETIMEOUT'), { code: 'ETIMEOUT' });
  if (records === undefined) throw Object.assign(new Error('queryTxt ENOTFOUND'), { code: 'ENOTFOUND' });
  return Promise.resolve(records.map((record) => [record.slice(0, 9), record.slice(9)]));
});
const right = { 'bar.example': ['v=spf1 include:mail.example ~all'], 'postern1._domainkey.bar.example': ['v=DKIM1; k=rsa; p=AAAA'], '_dmarc.bar.example': ['v=DMARC1; p=none'] };
const silent = Object.fromEntries(Object.keys(right).map((name) => [name, 'silent'] as const));

let house: House;
let manager: Visitor;
let workspaceId: string;
beforeAll(async () => {
  house = await openHouse({ PUBLIC_URL: 'https://postern.example', SMTP_URL: 'smtp://127.0.0.1:9' }, new Clock(), new Map([[SenderDns, dns]]));
  workspaceId = await house.workspace('Agenzia Uno');
  manager = await house.member(workspaceId, 'manager');
});
afterAll(() => house.close());

const brandWith = (sender: Readonly<Record<string, unknown>> = {}): Promise<Brand> => seedBrand(house.database, { workspaceId, name: 'Bar Sport', sender });
async function check({ senderId }: Brand, records: typeof zone) {
  zone = records;
  const { status, body } = await house.http().post(`/api/v1/senders/${senderId}/check`).set(manager.headers);
  expect(status).toBeLessThan(300);
  return { verifiedAt: body.verifiedAt as string | null, states: Object.fromEntries(body.checks.map(({ name, state }: { name: string; state: string }) => [name, state])) };
}
/** What the client’s readiness says of its sender. */
async function readiness({ clientId }: Brand) {
  const { body } = await house.http().get(`/api/v1/clients/${clientId}/readiness`).set(manager.headers);
  const { ok, why } = body.items.find(({ code }: { code: string }) => code === 'sender');
  return { ok, why: why.en ?? why };
}

describe('Checking a sender', () => {
  it('verifies it once all three records stand in the DNS', async () => {
    const brand = await brandWith({ verified_at: null });
    expect(await check(brand, {})).toEqual({ verifiedAt: null, states: { spf: 'missing', dkim: 'missing', dmarc: 'missing' } });
    expect(await check(brand, right)).toEqual({ verifiedAt: expect.any(String), states: { spf: 'ok', dkim: 'ok', dmarc: 'ok' } });
  });

  it('keeps the day it was verified on', async () => {
    const brand = await brandWith({ verified_at: new Date('2026-01-02T03:04:05Z') });
    expect((await check(brand, right)).verifiedAt).toBe('2026-01-02T03:04:05.000Z');
  });

  it.each([
    ['another key', { ...right, 'postern1._domainkey.bar.example': ['v=DKIM1; k=rsa; p=ZZZZ'] }], ['a record that is gone', { ...right, '_dmarc.bar.example': [] }],
    ['one wrong record, although the others do not answer', { ...silent, 'bar.example': ['v=spf1 +all'] }],
  ] as const)('takes it back for %s', async (_, records) => {
    const brand = await brandWith();
    expect((await check(brand, records)).verifiedAt).toBeNull();
  });

  it('changes nothing while the DNS is silent: neither takes back nor verifies', async () => {
    const [was, never] = [await brandWith({ verified_at: new Date('2026-01-02T03:04:05Z') }), await brandWith({ verified_at: null })];
    expect(await check(was, silent)).toEqual({ verifiedAt: '2026-01-02T03:04:05.000Z', states: { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown' } });
    expect((await check(never, silent)).verifiedAt).toBeNull();
    expect((await check(never, { ...right, 'bar.example': 'silent' })).verifiedAt).toBeNull();
  });
});

describe('How ready a client is', () => {
  it('names the sender as it stands: verified, not verified, paused, none', async () => {
    const brand = await brandWith({ verified_at: null });
    expect(await readiness(brand)).toEqual({ ok: false, why: 'The sender is not verified.' });
    await check(brand, right);
    expect(await readiness(brand)).toEqual({ ok: true, why: 'The sender is verified.' });
    await house.database.query(`UPDATE senders SET paused_at = now(), pause_reason = 'bounces' WHERE id = $1`, [brand.senderId]);
    expect(await readiness(brand)).toEqual({ ok: false, why: 'The sender is paused.' });
    await house.database.query('DELETE FROM senders WHERE id = $1', [brand.senderId]);
    expect(await readiness(brand)).toEqual({ ok: false, why: 'There is no sender for its newsletters.' });
  });

  it('takes nobody else’s sender for its own', async () => {
    await brandWith();
    const brand = await brandWith({ verified_at: null });
    expect((await readiness(brand)).ok).toBe(false);
  });
});
