import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { instantOf } from '../../../src/core/schedule.js';
import { type Agency, type House, openHouse, problemOf, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let mediaId: string;

beforeAll(async () => {
  house = await openHouse();
  house.clock.at = instantOf('2027-03-20T12:00:00', 'Europe/Rome');
  agency = await settle(house);
  mediaId = uuid();
  await house.dataSource.query(
    `INSERT INTO media (id, workspace_id, sha256, mime, bytes, alt, name, storage_key) VALUES ($1, $2, '\\x00', 'image/png', 10, 'a glass', 'g.png', 'k')`,
    [mediaId, agency.caller.workspaceId],
  );
});
afterAll(() => house.close());

const header = 'client;channels;date;time;zone;text;media;alt;choice;labels';
const csv = (...rows: string[]): string => [header, ...rows].join('\n');
const good = 'Bar Sport;channel 1|channel 2;2027-04-01;9:30;;Buongiorno;;;;';
const run = (text: string, preview = false) => house.imports.run(agency.caller, text, preview);
const count = async (): Promise<number> => (await house.dataSource.query('SELECT count(*)::int AS n FROM posts'))[0].n;

describe('importing', () => {
  it('makes posts as the rows say, presets "can wait", in the zone of the client', async () => {
    const result = await run(csv(good, `bar sport;${agency.channelIds[0]};2027-04-02;18:00;America/New_York;Hi;${mediaId};two glasses;hour-counts;a|b`));
    expect(result).toMatchObject({ rows: 2, posts: 2, deliveries: 3, faults: 0, firstDueAt: '2027-04-01T07:30:00.000Z', lastDueAt: '2027-04-02T22:00:00.000Z' });
    const { items } = await house.reads.list(agency.caller, { limit: 10 });
    expect(new Map(items.map(({ choice, zone, labels }) => [choice, [zone, labels]]))).toEqual(new Map([['can-wait', ['Europe/Rome', []]], ['hour-counts', ['America/New_York', ['a', 'b']]]]));
    expect(items.find(({ choice }) => choice === 'hour-counts')?.content.parts[0]?.media).toMatchObject([{ mediaId, alt: 'two glasses' }]);
    expect(await house.dataSource.query(`SELECT count(*)::int AS n FROM events WHERE kind = 'post.scheduled'`)).toEqual([{ n: 2 }]);
  });

  it('only says what would be made, in a preview', async () => {
    const before = await count();
    const result = await run(csv(good, good.replace('9:30', 'noon')), true);
    expect(result).toMatchObject({ posts: 1, deliveries: 2, faults: 1, preview: true, sample: [{ row: 2, client: 'Bar Sport', channels: ['channel 1', 'channel 2'], wallAt: '2027-04-01T09:30:00' }] });
    expect(result.errors).toMatchObject([{ row: 3, column: 'time', code: 'time-of-day-invalid' }]);
    expect(await count()).toBe(before);
  });

  it.each([
    ['client', 'Nobody;channel 1;2027-04-01;09:00;;x;;;;', 'client-unknown'],
    ['client', ';channel 1;2027-04-01;09:00;;x;;;;', 'client-missing'],
    ['channels', 'Bar Sport;;2027-04-01;09:00;;x;;;;', 'channels-missing'],
    ['channels', 'Bar Sport;channel 9;2027-04-01;09:00;;x;;;;', 'channel-unknown'],
    ['date', 'Bar Sport;*;1/4/2027;09:00;;x;;;;', 'date-invalid'],
    ['date', 'Bar Sport;*;2027-02-30;09:00;;x;;;;', 'time-invalid'],
    ['date', 'Bar Sport;*;2027-03-28;02:30;;x;;;;', 'time-does-not-exist'],
    ['date', 'Bar Sport;*;2026-04-01;09:00;;x;;;;', 'in-the-past'],
    ['date', 'Bar Sport;*;9999-12-31;09:00;;x;;;;', 'too-far-ahead'],
    ['time', 'Bar Sport;*;2027-04-01;;;x;;;;', 'time-of-day-invalid'],
    ['zone', 'Bar Sport;*;2027-04-01;09:00;Europe/Roma;x;;;;', 'zone-unknown'],
    ['text', 'Bar Sport;channel 1;2027-04-01;09:00;;;;;;', 'text-empty'],
    ['text', `Bar Sport;channel 1;2027-04-01;09:00;;${'x'.repeat(501)};;;;`, 'text-too-long'],
    ['media', 'Bar Sport;*;2027-04-01;09:00;;x;glass.png;;;', 'media-unknown'],
    ['alt', 'Bar Sport;*;2027-04-01;09:00;;x;;a glass;;', 'alt-without-media'],
    ['choice', 'Bar Sport;*;2027-04-01;09:00;;x;;;whenever;', 'choice-unknown'],
    ['labels', `Bar Sport;*;2027-04-01;09:00;;x;;;;${'l'.repeat(61)}`, 'label-too-long'],
  ])('names the column %s of a wrong row: %s', async (column, row, code) => {
    const { errors } = await run(csv(row), true);
    expect(errors).toMatchObject([{ row: 2, column, code }]);
    expect(errors[0]?.sentence.it).not.toBe(errors[0]?.sentence.en);
  });

  it('sees no client, channel or medium of another workspace', async () => {
    const foreign = await settle(house);
    const rows = [`${foreign.clientId};*;2027-04-01;09:00;;x;;;;`, `Bar Sport;${foreign.channelIds[0]};2027-04-01;09:00;;x;;;;`];
    expect((await run(csv(...rows), true)).errors.map(({ code }) => code)).toEqual(['client-unknown', 'channel-unknown']);
    expect((await house.imports.run(foreign.caller, csv(`Bar Sport;*;2027-04-01;09:00;;x;${mediaId};;;`), true)).errors.map(({ code }) => code)).toEqual(['media-unknown']);
  });

  it('says so when a name stands for two clients', async () => {
    const twin = uuid();
    await house.dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', 'UTC')`, [twin, agency.caller.workspaceId]);
    expect((await run(csv(good), true)).errors.map(({ code }) => code)).toEqual(['client-ambiguous']);
    await house.dataSource.query('DELETE FROM clients WHERE id = $1', [twin]);
  });

  it('imports nothing of 10,000 rows when row 7,431 is bad, and names it', async () => {
    const before = await count();
    const rows = Array.from({ length: 10_000 }, () => good);
    rows[7_431 - 2] = good.replace('channel 2', 'channel two');
    const problem = await problemOf(run(csv(...rows)));
    expect(problem?.code).toBe('csv-has-errors');
    expect(problem?.facts['errors']).toMatchObject([{ row: 7_431, column: 'channels', code: 'channel-unknown' }]);
    expect(await count()).toBe(before);
  });

  it('imports 10,000 rows', async () => {
    const before = await count();
    const minutes = (i: number): string => `${String(Math.floor(i / 60) % 24).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`;
    const result = await run(csv(...Array.from({ length: 10_000 }, (_, i) => good.replace('9:30', minutes(i)).replace('Buongiorno', `Post ${i}`))));
    expect(result).toMatchObject({ posts: 10_000, deliveries: 20_000 });
    expect(await count()).toBe(before + 10_000);
  });
});
