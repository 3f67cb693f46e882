import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { HOUR_MS, MINUTE_MS } from '../../../src/core/instant.js';
import { AnnouncementsService } from '../../../src/features/health/announcements.service.js';
import type { Maintenance } from '../../../src/features/health/maintenance.schema.js';
import { type AnnouncedWork, MaintenancesService } from '../../../src/features/health/maintenances.service.js';
import type { Announcements, OfficialService } from '../../../src/features/health/official.service.js';
import { OutletsService } from '../../../src/features/health/outlets.service.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';

const ALPHA = 'sandbox-alpha:publish@alpha.example';
const BETA = 'sandbox-beta:publish@beta.example';

let house: House;
let maintenances: MaintenancesService;
let operator: Visitor;
let manager: Visitor;
let editor: Visitor;
let stranger: Visitor;
let clientId: string;
const channels = { alpha: uuid(), beta: uuid() };
beforeAll(async () => {
  house = await openHouse();
  maintenances = house.app.get(MaintenancesService, { strict: false });
  const workspaceId = await house.workspace('Agency');
  operator = await house.member(null, 'viewer', { operator: true });
  manager = await house.member(workspaceId, 'manager');
  editor = await house.member(workspaceId, 'editor', { language: 'it' });
  stranger = await house.member(await house.workspace('Other'), 'owner');
  clientId = uuid();
  await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome')`, [clientId, workspaceId]);
  for (const [name, id] of Object.entries(channels)) {
    await house.database.query(
      `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sandbox-' || $4::text, $4, $4 || '.example', 'sandbox-' || $4 || ':publish@' || $4 || '.example', 's')`,
      [id, workspaceId, clientId, name],
    );
  }
});
afterAll(() => house.close());
beforeEach(() => house.database.query('DELETE FROM maintenances'));

const at = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
const plan = (over: object = {}, who = operator) =>
  house.http().post('/api/v1/maintenances').set(who.headers).send({ componentId: ALPHA, from: at(24), to: at(26), reason: 'They move to new machines.', ...over });
const list = async (who = manager) => ((await house.http().get('/api/v1/maintenances').set(who.headers).expect(200)).body as { items: Maintenance[] }).items;
const listed = async () => (await list()).map(({ reason }) => reason);

describe('a maintenance', () => {
  it('is entered by the operator, and read by every workspace that uses the component, and no other', async () => {
    const made = await plan().expect(201);
    expect(made.body).toMatchObject({ componentId: ALPHA, source: 'operator', reason: 'They move to new machines.', url: null });
    expect(await list()).toEqual([made.body]);
    expect(await list(stranger)).toEqual([]);
    const [audit] = await house.database.query<{ action: string }[]>(`SELECT action, workspace_id FROM audit_log WHERE subject_id = $1`, [(made.body as Maintenance).id]);
    expect(audit).toEqual({ action: 'maintenance.planned', workspace_id: null });
  });

  it('is not entered by anybody else, on what nobody uses, backwards, or when it is over', async () => {
    await plan({}, manager).expect(403);
    expect((await plan({ componentId: 'sandbox-alpha:publish@nobody.example' }).expect(404)).body).toMatchObject({ code: 'component-unknown' });
    await plan({ from: at(3), to: at(2) }).expect(400);
    expect((await plan({ from: at(-3), to: at(-1) }).expect(422)).body).toMatchObject({ code: 'maintenance-over' });
    expect(await list()).toEqual([]);
  });

  it('of a way out that all use is read by all', async () => {
    const componentId = house.app.get(OutletsService, { strict: false }).register({ connectorId: 'smtp', name: 'Mail', host: 'mail.example', infraGroup: null, probe: () => Promise.resolve({ kind: 'ok' }), isWanted: () => Promise.resolve(false) });
    await plan({ componentId }).expect(201);
    expect(await list(stranger)).toMatchObject([{ componentId: 'smtp:publish@mail.example' }]);
  });

  it('is taken back once, by the operator', async () => {
    const { id } = (await plan().expect(201)).body as Maintenance;
    const take = (who: Visitor) => house.http().delete(`/api/v1/maintenances/${id}`).set(who.headers);
    await take(manager).expect(403);
    await take(operator).expect(204);
    expect(await list()).toEqual([]);
    expect((await take(operator).expect(404)).body).toMatchObject({ code: 'maintenance-unknown' });
  });

  it('is told the detector: the one going on, else for a while the one just over, else the next', async () => {
    const planned = async () => {
      const one = (await maintenances.planned()).get(ALPHA);
      return one && [one.from, one.to].map((instant) => Math.round((instant - Date.now()) / MINUTE_MS));
    };
    const write = (from: string, to: string | null) =>
      house.database.query(`INSERT INTO maintenances (id, component_id, source, key, from_at, to_at, reason) VALUES ($1, $2, 'page', $5, $3, $4, 'x')`, [uuid(), ALPHA, from, to, from]);
    expect(await planned()).toBeUndefined();
    await write(at(-5), at(-4));
    expect(await planned()).toBeUndefined();
    await write(at(30), null);
    await write(at(20), at(21));
    expect(await planned()).toEqual([1_200, 1_260]);
    await write(at(-1), at(-0.1));
    expect(await planned()).toEqual([-60, -6]);
    await write(at(-0.5), null);
    expect(await planned()).toEqual([-30, 1_410]);
  });
});

describe('what a page announces', () => {
  const work = (title: string, from: number, to: number | null = from + 2): AnnouncedWork => {
    const hour = DateTime.utc().startOf('hour').toMillis();
    return { title, from: hour + from * HOUR_MS, to: to === null ? null : hour + to * HOUR_MS, url: 'https://status.example' };
  };
  const announce = (works: readonly AnnouncedWork[], isWhole = true) => house.database.transaction((tx) => maintenances.announced(tx, ALPHA, { list: works, isWhole }));

  it('stands beside what the operator says, once, with its later end', async () => {
    await plan().expect(201);
    await announce([work('Upgrade', 30)]);
    await announce([work('Upgrade', 30, 35)]);
    expect(await list()).toMatchObject([{ source: 'operator' }, { source: 'page', reason: 'Upgrade', to: new Date(work('x', 0, 35).to ?? 0).toISOString(), url: 'https://status.example' }]);
  });

  it('is called off when it vanishes before it begins, and comes back with the page', async () => {
    await announce([work('Upgrade', 30), work('Cables', 40)]);
    await announce([work('Cables', 40)]);
    expect(await listed()).toEqual(['Cables']);
    await announce([work('Cables', 40), work('Upgrade', 30)]);
    expect(await listed()).toEqual(['Upgrade', 'Cables']);
  });

  it('stays when a page does not answer, or cannot be read whole', async () => {
    await announce([work('Upgrade', 30)]);
    await announce([], false);
    expect(await listed()).toEqual(['Upgrade']);
  });

  it('stays until its end once it has begun, and ends when it has no end and vanishes', async () => {
    await announce([work('Upgrade', -1, 3), work('Cables', -1, null)]);
    await announce([]);
    expect(await listed()).toEqual(['Upgrade']);
  });

  it('does not come back when the operator took it back', async () => {
    await announce([work('Upgrade', 30)]);
    const [one] = await list();
    await house.http().delete(`/api/v1/maintenances/${one?.id}`).set(operator.headers).expect(204);
    await announce([work('Upgrade', 30, 50)]);
    expect(await list()).toEqual([]);
  });

  it('is written by the leader when it is new, and by nobody who leads no more', async () => {
    let said: Announcements = { list: [{ ...work('Upgrade', 30), capabilities: ['publish'] }], isWhole: true };
    const room = new AnnouncementsService({ announced: () => said } as unknown as OfficialService, maintenances, house.database);
    const used = [{ id: ALPHA, connectorId: 'sandbox-alpha', host: 'alpha.example', clients: 1 }];
    let guarded = 0;
    const guard = async () => Promise.resolve(void (guarded += 1));
    await room.round(used, guard);
    await room.round(used, guard);
    expect([guarded, await listed()]).toEqual([1, ['Upgrade']]);
    said = { list: [], isWhole: true };
    await expect(room.round(used, async () => Promise.reject(new Error('another leads')))).rejects.toThrow('another leads');
    expect(await listed()).toEqual(['Upgrade']);
    await room.round(used, guard);
    expect(await listed()).toEqual([]);
  });
});

describe('a post due inside a maintenance', () => {
  const noon = DateTime.utc().plus({ days: 3 }).setZone('Europe/Rome').set({ hour: 12, minute: 0, second: 0, millisecond: 0 });
  const wall = (hour: number): string => noon.set({ hour }).toFormat("yyyy-MM-dd'T'HH:mm");
  const body = (over: object = {}) => ({ clientId, channelIds: [channels.alpha, channels.beta], content: { parts: [{ text: 'Ciao' }] }, wallAt: wall(12), ...over });
  interface Warned { id: string; version: number; warnings: { code: string; sentence: string; channelId: string; deliveryId: string | null }[]; deliveries: { id: string; channelId: string }[] }
  const post = async (over: object = {}) => (await house.http().post('/api/v1/posts').set(editor.headers).send(body(over)).expect(201)).body as Warned;
  beforeEach(() => plan({ from: noon.set({ hour: 11 }).toISO(), to: noon.set({ hour: 13 }).toISO() }).expect(201));

  it('is warned about when it is planned, on that channel alone, in the reader’s language and the post’s zone', async () => {
    const { warnings, deliveries } = await post();
    const day = noon.setLocale('it').toFormat('ccc d LLL');
    expect(warnings).toEqual([{
      code: 'platform-maintenance', channelId: channels.alpha, deliveryId: deliveries.find(({ channelId }) => channelId === channels.alpha)?.id,
      sentence: expect.stringContaining(`annuncia una manutenzione dal ${day}, 11:00 al ${day}, 13:00 (Europe/Rome): They move to new machines. Se `) as unknown,
    }]);
  });

  it('is warned about as a draft', async () => {
    expect((await post({ editing: 'draft' })).warnings).toMatchObject([{ channelId: channels.alpha, deliveryId: null }]);
  });

  it('is not warned about any more once it is moved, nor when the maintenance is taken back', async () => {
    const { id, version } = await post();
    const moved = await house.http().post(`/api/v1/posts/${id}/move`).set(editor.headers).send({ version, wallAt: wall(13) }).expect(200);
    expect((moved.body as Warned).warnings).toEqual([]);
    const other = await post();
    expect(other.warnings).toHaveLength(1);
    const [one] = await list();
    await house.http().delete(`/api/v1/maintenances/${one?.id}`).set(operator.headers).expect(204);
    expect(((await house.http().get(`/api/v1/posts/${other.id}`).set(editor.headers)).body as Warned).warnings).toEqual([]);
  });

  it('is warned about again when it is edited', async () => {
    const { id, version } = await post();
    const edited = await house.http().patch(`/api/v1/posts/${id}`).set(editor.headers).send({ version, content: { parts: [{ text: 'Buongiorno' }] } }).expect(200);
    expect((edited.body as Warned).warnings).toHaveLength(1);
  });

  it('is not warned about for the work of another platform', async () => {
    await house.database.query('UPDATE maintenances SET component_id = $1', [BETA]);
    expect((await post({ channelIds: [channels.alpha] })).warnings).toEqual([]);
  });

  it('is warned about in the preview of a file, row by row, and is imported all the same', async () => {
    const [date, rows] = [noon.toFormat('yyyy-MM-dd'), [`12:00;Uno`, `15:00;Due`]];
    const csv = ['client;channels;date;time;text', ...rows.map((row) => `Bar Sport;*;${date};${row}`)].join('\n');
    const run = (preview: boolean) => house.http().post(`/api/v1/posts/import?preview=${preview}`).set(editor.headers).set('content-type', 'text/csv').send(csv).expect(200);
    const warnings = [{ row: 2, channel: 'alpha', code: 'platform-maintenance', sentence: { en: expect.stringContaining('announces maintenance from') as unknown, it: expect.stringContaining('annuncia') as unknown } }];
    expect((await run(true)).body).toMatchObject({ posts: 2, faults: 0, warnings });
    expect((await run(false)).body).toMatchObject({ posts: 2, preview: false, warnings });
  });

  it('is warned about wherever it is read, a draft too, as long as the maintenance stands', async () => {
    const [one, draft, later] = [await post(), await post({ editing: 'draft' }), await post({ wallAt: wall(15) })];
    const read = async () => {
      const [page, calendar] = [
        (await house.http().get('/api/v1/posts').set(editor.headers).expect(200)).body as { items: Warned[] },
        (await house.http().get('/api/v1/calendar').query({ from: noon.minus({ hours: 2 }).toISO(), to: noon.plus({ hours: 8 }).toISO() }).set(editor.headers).expect(200)).body as { items: Warned[] },
      ];
      return [page, calendar].map(({ items }) => [one, draft, later].map(({ id }) => items.find((item) => item.id === id)?.warnings));
    };
    const warnings = [one.warnings, [{ ...one.warnings[0], deliveryId: null }], []];
    expect(one.warnings).toHaveLength(1);
    expect(await read()).toEqual([warnings, warnings]);
    await house.database.query('UPDATE maintenances SET cancelled_at = now()');
    expect(await read()).toEqual([[[], [], []], [[], [], []]]);
  });

  it('is warned about once, also when two announcements of its platform speak of that time', async () => {
    await plan({ from: noon.set({ hour: 10 }).toISO(), to: noon.set({ hour: 14 }).toISO(), reason: 'Cables' }).expect(201);
    expect((await post()).warnings).toMatchObject([{ sentence: expect.stringContaining('Cables') as unknown }]);
  });

  describe('as one of a series', () => {
    interface SeriesBody { id: string; version: number; warnings: { code: string; sentence: string; channelId: string; deliveryId: string | null; postId: string; dueAt: string }[]; moreWarnings: number }
    const series = async (over: object = {}) => {
      const template = { channelIds: [channels.alpha, channels.beta], content: { parts: [{ text: 'Ciao' }] } };
      const answer = await house.http().post('/api/v1/series').set(editor.headers).send({ clientId, rule: 'FREQ=DAILY;COUNT=10', wallStart: wall(12), template, ...over });
      expect(answer.status).toBe(201);
      return answer.body as SeriesBody;
    };

    it('is warned about when the series is made and read, on that channel and occurrence alone', async () => {
      const made = await series();
      expect(made).toMatchObject({ moreWarnings: 0, warnings: [{ code: 'platform-maintenance', channelId: channels.alpha, dueAt: noon.toUTC().toISO(), sentence: expect.stringContaining('annuncia') as unknown }] });
      const [{ postId, deliveryId } = { postId: '', deliveryId: '' }] = made.warnings;
      expect((await house.http().get(`/api/v1/posts/${postId}`).set(editor.headers)).body).toMatchObject({ seriesId: made.id, warnings: [{ deliveryId }] });
      const { items } = (await house.http().get('/api/v1/series').set(editor.headers).expect(200)).body as { items: SeriesBody[] };
      expect(items.find(({ id }) => id === made.id)).toEqual(made);
    });

    it('is warned about when the series is edited, and not once it is elsewhere or cancelled', async () => {
      const made = await series({ wallStart: wall(15) });
      expect(made.warnings).toEqual([]);
      const edit = async (version: number, wallStart: string) =>
        (await house.http().patch(`/api/v1/series/${made.id}`).set(editor.headers).send({ version, scope: 'all', wallStart }).expect(200)).body as SeriesBody;
      const moved = await edit(made.version, wall(11));
      expect(moved.warnings).toMatchObject([{ dueAt: noon.set({ hour: 11 }).toUTC().toISO() }]);
      expect((await edit(moved.version, wall(13))).warnings).toEqual([]);
      const back = await edit(moved.version + 1, wall(12));
      expect(back.warnings).toHaveLength(1);
      expect((await house.http().post(`/api/v1/series/${made.id}/cancel`).set(editor.headers).send({ version: back.version, scope: 'all' }).expect(200)).body).toMatchObject({ warnings: [] });
    });

    it('is named up to twenty times, the soonest, and then counted', async () => {
      await plan({ from: noon.set({ hour: 6 }).toISO(), to: noon.set({ hour: 12 }).toISO() }).expect(201);
      const made = await series({ rule: 'FREQ=MINUTELY;INTERVAL=15;COUNT=30', wallStart: wall(6) });
      expect(made.warnings.map(({ dueAt }) => dueAt)).toEqual(Array.from({ length: 20 }, (_, i) => noon.set({ hour: 6 }).plus({ minutes: 15 * i }).toUTC().toISO()));
      expect(made.moreWarnings).toBe(8);
    });
  });
});
