import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS } from '../../../src/core/instant.js';
import { instantOf } from '../../../src/core/schedule.js';
import { FallbackWrite } from '../../../src/features/posts/fallback.schema.js';
import { SeriesCancel, SeriesCreate, SeriesEdit } from '../../../src/features/posts/series.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house);
});
afterAll(() => house.close());
beforeEach(() => {
  house.clock.at = instantOf('2027-03-01T12:00:00', 'Europe/Rome');
});

const asked = (over: Record<string, unknown> = {}) =>
  SeriesCreate.parse({ clientId: agency.clientId, rule: 'FREQ=DAILY', wallStart: '2027-03-02T09:00', template: { channelIds: agency.channelIds, content: { parts: [{ text: 'Good morning' }] } }, ...over });
const make = (over: Record<string, unknown> = {}) => house.series.create(agency.caller, asked(over));
const edit = async (id: string, over: Record<string, unknown>): Promise<string> => {
  const { version } = await house.seriesRows.read(agency.caller, id);
  return house.series.edit(agency.caller, id, SeriesEdit.parse({ version, ...over }));
};
const cancel = async (id: string, over: Record<string, unknown>): Promise<void> => {
  const { version } = await house.seriesRows.read(agency.caller, id);
  return house.series.cancel(agency.caller, id, SeriesCancel.parse({ version, ...over }));
};
interface Row {
  readonly id: string;
  readonly occurrence: string;
  readonly wall: string;
  readonly due: string;
  readonly text: string;
  readonly cancelled: boolean;
  readonly version: number;
}
const postsOf = (id: string): Promise<Row[]> =>
  house.dataSource.query(
    `SELECT id, to_char(occurrence, 'YYYY-MM-DD"T"HH24:MI') AS occurrence, to_char(wall_at, 'YYYY-MM-DD"T"HH24:MI') AS wall,
            to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') AS due, content #>> '{parts,0,text}' AS text, cancelled_at IS NOT NULL AS cancelled, version
       FROM posts WHERE series_id = $1 ORDER BY due_at`,
    [id],
  );
const on = (rows: readonly Row[], date: string): Row => {
  const found = rows.filter(({ occurrence }) => occurrence.startsWith(date));
  if (found.length !== 1) throw new Error(`${found.length} occurrences on ${date}`);
  return found[0]!;
};
const deliveriesAgree = async (id: string): Promise<void> => {
  const [row] = await house.dataSource.query(
    `SELECT count(*)::int AS n FROM deliveries d JOIN posts p ON p.id = d.post_id
      WHERE p.series_id = $1 AND d.state = 'scheduled' AND (d.series_id <> p.series_id OR d.due_at <> p.due_at OR d.ready_at <> p.due_at)`,
    [id],
  );
  expect(row).toEqual({ n: 0 });
};

describe('a series', () => {
  it('is made 60 days ahead, as posts with deliveries on every channel, and can wait', async () => {
    const id = await make();
    const posts = await postsOf(id);
    expect(posts).toHaveLength(60);
    expect(posts.at(-1)?.occurrence).toBe('2027-04-30T09:00');
    const first = await house.reads.one(agency.caller, posts[0]!.id);
    expect([first.choice, first.deliveries.length, first.seriesId]).toEqual(['can-wait', 2, id]);
    await deliveriesAgree(id);
  });

  it('keeps the wall time over the change of the clocks', async () => {
    const posts = await postsOf(await make());
    expect([on(posts, '2027-03-27').due, on(posts, '2027-03-29').due]).toEqual(['2027-03-27T08:00', '2027-03-29T07:00']);
  });

  it('moves the one in the gap by the gap, and keeps its name', async () => {
    const posts = await postsOf(await make({ wallStart: '2027-03-02T02:30' }));
    expect(on(posts, '2027-03-28')).toMatchObject({ occurrence: '2027-03-28T02:30', due: '2027-03-28T01:30' });
    expect(on(posts, '2027-03-29').due).toBe('2027-03-29T00:30');
  });

  it('takes the first of the hour that comes twice', async () => {
    house.clock.at = instantOf('2027-10-10T12:00:00', 'Europe/Rome');
    const posts = await postsOf(await make({ wallStart: '2027-10-11T02:30' }));
    expect(on(posts, '2027-10-31').due).toBe('2027-10-31T00:30');
    expect(on(posts, '2027-11-01').due).toBe('2027-11-01T01:30');
  });

  it('goes on when the days go by, and makes nothing twice', async () => {
    const id = await make();
    expect(await house.maker.makeAhead(house.clock.at)).toBe(0);
    house.clock.at += 10 * DAY_MS;
    const [one, other] = await Promise.all([house.maker.makeAhead(house.clock.at), house.maker.makeAhead(house.clock.at)]);
    expect(one + other).toBeGreaterThanOrEqual(10);
    expect(await postsOf(id)).toHaveLength(70);
    await house.dataSource.query('UPDATE series SET made_until = NULL WHERE id = $1', [id]);
    await house.maker.makeAhead(house.clock.at);
    expect(await postsOf(id)).toHaveLength(70);
    await house.dataSource.query('UPDATE series SET ended_at = now()');
  });

  it('makes nothing of the time in which nothing ran', async () => {
    const id = await make();
    house.clock.at += 100 * DAY_MS;
    await house.maker.makeAhead(house.clock.at);
    const posts = await postsOf(id);
    expect(posts.filter(({ occurrence }) => occurrence > '2027-04-30T09:00' && occurrence < '2027-06-09T09:00')).toEqual([]);
    expect(on(posts, '2027-06-10').occurrence).toBe('2027-06-10T09:00');
    await house.dataSource.query('UPDATE series SET ended_at = now()');
  });

  it('does not stop for another that is broken', async () => {
    const broken = await make();
    const sound = await make();
    await house.dataSource.query(`UPDATE series SET rule = 'FREQ=NEVER' WHERE id = $1`, [broken]);
    house.clock.at += 5 * DAY_MS;
    await house.maker.makeAhead(house.clock.at);
    expect(await postsOf(sound)).toHaveLength(65);
    await house.dataSource.query('UPDATE series SET ended_at = now()');
  });

  it.each([
    ['too often', { rule: 'FREQ=MINUTELY' }, 'rule-too-often'],
    ['a rule that is none', { rule: 'every monday' }, 'rule-value'],
    ['a day that never comes', { rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'rule-never'],
    ['a start in a century that is not ours', { wallStart: '9999-12-30T09:00' }, 'too-far-ahead'],
    ['a rule that is over', { rule: 'FREQ=DAILY;UNTIL=20270101' }, 'series-over'],
    ['an unknown zone', { zone: 'Mars/Base' }, 'zone-unknown'],
    ['a start that is none', { wallStart: '2027-02-30T09:00' }, 'time-invalid'],
    ['a text over the limit', { template: { channelIds: [], content: { parts: [] } } }, ''],
  ])('refuses %s', async (_, over, code) => {
    if (code === '') {
      const long = { template: { channelIds: agency.channelIds, content: { parts: [{ text: 'x'.repeat(501) }] } } };
      expect(await codeOf(make(long))).toBe('content-breaks-limits');
    } else {
      expect(await codeOf(make(over))).toBe(code);
    }
  });

  it('is out of reach for another workspace', async () => {
    const id = await make();
    const foreign = await settle(house);
    expect(await codeOf(house.seriesRows.read(foreign.caller, id))).toBe('series-not-found');
    expect(await codeOf(house.series.cancel(foreign.caller, id, { version: 1, scope: 'all' }))).toBe('series-not-found');
    expect(await codeOf(house.series.create(foreign.caller, asked()))).toBe('client-not-found');
  });
});

describe('editing all', () => {
  it('changes the hour of every one to come and keeps their ids', async () => {
    const id = await make();
    const before = await postsOf(id);
    await edit(id, { scope: 'all', wallStart: '2027-03-02T02:30' });
    const after = await postsOf(id);
    expect(after.map((row) => row.id)).toEqual(before.map((row) => row.id));
    expect(on(after, '2027-03-28').due).toBe('2027-03-28T01:30');
    expect(on(after, '2027-03-10')).toMatchObject({ due: '2027-03-10T01:30', version: 2 });
    await deliveriesAgree(id);
  });

  it('changes the words, and leaves what somebody edited or cancelled alone', async () => {
    const id = await make();
    const posts = await postsOf(id);
    await house.edits.edit(agency.caller, on(posts, '2027-03-05').id, { version: 1, content: { parts: [{ text: 'special', media: [], link: null, language: null, options: {} }] } });
    await house.edits.cancel(agency.caller, on(posts, '2027-03-06').id, { version: 1 });
    await edit(id, { scope: 'all', wallStart: '2027-03-02T10:00', template: { channelIds: agency.channelIds, content: { parts: [{ text: 'Hello' }] } } });
    const after = await postsOf(id);
    expect(after).toHaveLength(60);
    expect(on(after, '2027-03-05')).toMatchObject({ text: 'special', wall: '2027-03-05T09:00' });
    expect(on(after, '2027-03-06')).toMatchObject({ cancelled: true });
    expect(on(after, '2027-03-07')).toMatchObject({ text: 'Hello', wall: '2027-03-07T10:00' });
  });

  it('leaves alone what a person wrote another version of, for elsewhere or as a newsletter', async () => {
    const id = await make({ template: { channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: 'Good morning' }] } } });
    const posts = await postsOf(id);
    await house.fallbacks.write(agency.caller, { postId: on(posts, '2027-03-05').id, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version: 0, content: { parts: [{ text: 'elsewhere' }] }, approve: true }));
    await house.dataSource.query(`INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, language, subject, content, state, web_token, created_by)
      VALUES (gen_random_uuid(), $1, $2, $3, $4, 'en', 'News', '{}', 'drafted', 'page', '{}')`, [agency.caller.workspaceId, agency.clientId, agency.channelIds[1], on(posts, '2027-03-06').id]);
    await edit(id, { scope: 'all', template: { channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: 'Hello' }] } } });
    const after = await postsOf(id);
    expect(['2027-03-05', '2027-03-06', '2027-03-07'].map((date) => on(after, date).text)).toEqual(['Good morning', 'Good morning', 'Hello']);
  });

  it('takes out the days that the new rule does not give', async () => {
    const id = await make();
    await edit(id, { scope: 'all', rule: 'FREQ=WEEKLY;BYDAY=MO' });
    expect((await postsOf(id)).map(({ occurrence }) => occurrence.slice(0, 10)).slice(0, 3)).toEqual(['2027-03-08', '2027-03-15', '2027-03-22']);
    await edit(id, { scope: 'all', rule: 'FREQ=DAILY' });
    expect(await postsOf(id)).toHaveLength(60);
  });

  it('keeps what is out as it was', async () => {
    const id = await make();
    const [first] = await postsOf(id);
    await house.dataSource.query(`UPDATE deliveries SET state = 'published', epoch = 1 WHERE post_id = $1`, [first!.id]);
    await edit(id, { scope: 'all', template: { channelIds: agency.channelIds, content: { parts: [{ text: 'Hello' }] } } });
    const after = await postsOf(id);
    expect([after[0]?.text, after[1]?.text]).toEqual(['Good morning', 'Hello']);
  });

  it('answers 409 while one is being sent, and to the second of two at once', async () => {
    const id = await make();
    const [first] = await postsOf(id);
    await house.dataSource.query(`UPDATE deliveries SET state = 'sending', lease_until = now() WHERE post_id = $1`, [first!.id]);
    expect(await codeOf(edit(id, { scope: 'all', wallStart: '2027-03-02T10:00' }))).toBe('in-flight');
    expect(await codeOf(cancel(id, { scope: 'all' }))).toBe('in-flight');
    await house.dataSource.query(`UPDATE deliveries SET state = 'scheduled' WHERE post_id = $1`, [first!.id]);
    const both = [1, 2].map(() => codeOf(house.series.edit(agency.caller, id, SeriesEdit.parse({ version: 1, scope: 'all', wallStart: '2027-03-02T10:00' }))));
    expect((await Promise.all(both)).sort()).toEqual(['edited-meanwhile', 'none']);
  });
});

describe('editing this and the following', () => {
  it('cuts the series in two at the occurrence, over the gap', async () => {
    const id = await make({ wallStart: '2027-03-02T02:30' });
    const before = await postsOf(id);
    const second = await edit(id, { scope: 'following', from: '2027-03-28T02:30', template: { channelIds: agency.channelIds, content: { parts: [{ text: 'Hello' }] } } });
    expect(second).not.toBe(id);
    const [first, rest] = [await postsOf(id), await postsOf(second)];
    expect([...first, ...rest].map((row) => row.id)).toEqual(before.map((row) => row.id));
    expect(first.at(-1)?.occurrence).toBe('2027-03-27T02:30');
    expect(rest[0]).toMatchObject({ occurrence: '2027-03-28T02:30', due: '2027-03-28T01:30', text: 'Hello' });
    expect(new Set(first.map(({ text }) => text))).toEqual(new Set(['Good morning']));
    await deliveriesAgree(second);
    house.clock.at += 20 * DAY_MS;
    await house.maker.makeAhead(house.clock.at);
    expect(await postsOf(id)).toHaveLength(first.length);
    expect((await postsOf(second)).length).toBe(rest.length + 20);
    await house.dataSource.query('UPDATE series SET ended_at = now()');
  });

  it('cuts over the overlap, into another hour', async () => {
    house.clock.at = instantOf('2027-10-10T12:00:00', 'Europe/Rome');
    const id = await make({ wallStart: '2027-10-11T02:30' });
    const second = await edit(id, { scope: 'following', from: '2027-10-31T02:30', wallStart: '2027-10-31T02:45' });
    expect((await postsOf(second))[0]).toMatchObject({ occurrence: '2027-10-31T02:45', due: '2027-10-31T00:45' });
    expect((await postsOf(id)).at(-1)).toMatchObject({ occurrence: '2027-10-30T02:30', due: '2027-10-30T00:30' });
  });

  it('shares the COUNT between the halves', async () => {
    const id = await make({ rule: 'FREQ=DAILY;COUNT=10' });
    const second = await edit(id, { scope: 'following', from: '2027-03-05T09:00', wallStart: '2027-03-05T11:00' });
    expect([(await postsOf(id)).length, (await postsOf(second)).length]).toEqual([3, 7]);
  });

  it('is all of it when it begins with the first', async () => {
    const id = await make();
    expect(await edit(id, { scope: 'following', from: '2027-03-02T09:00', wallStart: '2027-03-02T10:00' })).toBe(id);
  });

  it('refuses what is no occurrence', async () => {
    expect(await codeOf(edit(await make(), { scope: 'following', from: '2027-03-05T09:01' }))).toBe('occurrence-unknown');
  });
});

describe('cancelling a series', () => {
  it('cancels all that are to come and makes no more', async () => {
    const id = await make();
    await cancel(id, { scope: 'all' });
    expect((await postsOf(id)).every(({ cancelled }) => cancelled)).toBe(true);
    house.clock.at += 10 * DAY_MS;
    await house.maker.makeAhead(house.clock.at);
    expect(await postsOf(id)).toHaveLength(60);
    expect(await codeOf(cancel(id, { scope: 'all' }))).toBe('series-ended');
  });

  it('cancels this and the following, and the part before goes on to its end', async () => {
    const id = await make({ wallStart: '2027-03-02T02:30' });
    await cancel(id, { scope: 'following', from: '2027-03-28T02:30' });
    const posts = await postsOf(id);
    expect(posts.filter(({ cancelled }) => !cancelled).at(-1)?.occurrence).toBe('2027-03-27T02:30');
    expect((await house.seriesRows.read(agency.caller, id)).rule).toBe('FREQ=DAILY;UNTIL=20270328T022959');
  });
});

describe('one of a series', () => {
  it('is moved alone, to a time that exists, and keeps its place in the series', async () => {
    const id = await make();
    const post = on(await postsOf(id), '2027-03-27');
    expect(await codeOf(house.edits.move(agency.caller, post.id, { version: 1, wallAt: '2027-03-28T02:30' }))).toBe('time-does-not-exist');
    await house.edits.move(agency.caller, post.id, { version: 1, wallAt: '2027-03-28T03:30' });
    expect(on(await postsOf(id), '2027-03-27')).toMatchObject({ wall: '2027-03-28T03:30', due: '2027-03-28T01:30' });
  });
});

describe('new zone data', () => {
  it('moves what is due soon to where the wall time is now', async () => {
    const id = await make();
    const post = on(await postsOf(id), '2027-03-02');
    await house.dataSource.query(`UPDATE posts SET due_at = due_at - interval '1 hour' WHERE id = $1`, [post.id]);
    await house.dataSource.query(`UPDATE deliveries SET due_at = due_at - interval '1 hour' WHERE post_id = $1`, [post.id]);
    expect(await house.times.rederive(house.clock.at)).toBe(1);
    expect(on(await postsOf(id), '2027-03-02').due).toBe('2027-03-02T08:00');
    await deliveriesAgree(id);
    expect(await house.times.rederive(house.clock.at + HOUR_MS)).toBe(0);
  });
});
