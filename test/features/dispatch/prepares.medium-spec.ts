import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { PreparesService } from '../../../src/features/dispatch/prepares.service.js';
import { MediaService } from '../../../src/features/media/media.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
/** Called when an upload begins, which then waits for what it returns. */
let uploading: () => Promise<void>;

beforeAll(async () => {
  house = await openDispatch({
    tamper: ({ connector, ...aboard }) => ({
      ...aboard,
      connector: {
        ...connector,
        ...(connector.prepare && {
          prepare: async (part, account, world) => {
            await uploading();
            return (await connector.prepare?.(part, account, world)) ?? { kind: 'ready' };
          },
        }),
      },
    }),
  });
});
beforeEach(() => {
  uploading = () => Promise.resolve();
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  house.sandbox.faults.clear();
  await chew(0);
  await house.dataSource.query(`UPDATE channels SET state = 'connected'`);
});

const chew = (chewMs: number) =>
  fetch(`${house.sandbox.url}/control/terms`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ chewMs }) });

/** A post with a picture of its own, due in so many ms. */
async function withPicture(text: string, dueInMs = 0): Promise<string> {
  const bytes = Buffer.from(`picture of ${text}`);
  const path = join(house.dataDir, uuid());
  await writeFile(path, bytes);
  const caller = { workspaceId: house.client.workspaceId, actor: { kind: 'system', id: 'test', name: 'Test' }, role: 'owner', language: 'en' } as const;
  const sha256 = createHash('sha256').update(bytes).digest();
  const medium = await house.get(MediaService).keep(caller, { path, bytes: bytes.length, sha256, type: { mime: 'image/png', extension: 'png' } as never, width: 1, height: 1 }, { name: 'a.png', alt: 'a' });
  const [id = ''] = await house.plan({ channel: house.channel('media'), dueInMs, text });
  const media = [{ mediaId: medium.id, mime: 'image/png', bytes: bytes.length, width: 1, height: 1, alt: 'a' }];
  await house.dataSource.query(`UPDATE parts SET content = jsonb_set(content, '{media}', $2::jsonb) WHERE delivery_id = $1`, [id, JSON.stringify(media)]);
  return id;
}
const kept = (id: string) => house.dataSource.query<{ ref: string }[]>('SELECT ref FROM kept_refs k JOIN parts p ON p.id = k.part_id WHERE p.delivery_id = $1', [id]);
const ahead = (id: string) => house.get(PreparesService).ahead(id);
const pictures = (text: string) => house.sandbox.store.list().filter((post) => post.text === text).map(({ media }) => media.length);

describe('a post with a picture', () => {
  it('is made ready ahead, without an intent, and sent with what was kept', async () => {
    const id = await withPicture('ahead', 30_000);
    await ahead(id);
    const before = await kept(id);
    expect(before).toHaveLength(1);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', epoch: 0 });
    await house.dataSource.query('UPDATE deliveries SET due_at = now(), ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(await kept(id)).toEqual(before);
    expect(pictures('ahead')).toEqual([1]);
  });

  it('of which nothing was prepared is made ready when it is due', async () => {
    const id = await withPicture('at once');
    await house.dispatch.run(id);
    expect(pictures('at once')).toEqual([1]);
  });

  it('uploaded by a process that died is not uploaded again', async () => {
    const id = await withPicture('crash');
    await ahead(id);
    const before = await kept(id);
    await house.dataSource.query(`UPDATE deliveries SET prepare_until = now() - interval '1 second', prepare_by = $2 WHERE id = $1`, [id, uuid()]);
    await house.dispatch.run(id);
    expect(await kept(id)).toEqual(before);
    expect(pictures('crash')).toEqual([1]);
  });

  it('that the platform still chews is put off until it is done, nothing used up', async () => {
    await chew(20_000);
    const id = await withPicture('chewing');
    await house.dispatch.run(id);
    const { readyAt, ...row } = await house.delivery(id);
    expect(row).toMatchObject({ state: 'scheduled', epoch: 0, tries: 0 });
    expect(readyAt.getTime() - Date.now()).toBeGreaterThan(10_000);
    expect(pictures('chewing')).toEqual([]);
  });

  it('chewed in a moment goes out with this bell', async () => {
    await chew(600);
    const id = await withPicture('nearly');
    await house.dispatch.run(id);
    expect(pictures('nearly')).toEqual([1]);
  });

  it('somebody else makes ready, or this process by its early bell, is asked again soon', async () => {
    let goOn = (): void => undefined;
    const id = await withPicture('two bells');
    let early: Promise<unknown> = Promise.resolve();
    await new Promise<void>((begun) => {
      uploading = () => new Promise((resolve) => {
        uploading = () => Promise.resolve();
        goOn = resolve;
        begun();
      });
      early = ahead(id);
    });
    const before = Date.now();
    await house.dispatch.run(id);
    const { readyAt, epoch } = await house.delivery(id);
    expect(epoch).toBe(0);
    expect(readyAt.getTime() - before).toBeGreaterThan(1_000);
    goOn();
    await early;
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect(pictures('two bells')).toEqual([1]);
  });
});

describe('a picture the platform does not take', () => {
  const run = async (text: string, fault: Parameters<DispatchHouse['sandbox']['faults']['add']>[0]): Promise<string> => {
    house.sandbox.faults.add(fault);
    const id = await withPicture(text);
    await house.dispatch.run(id);
    return id;
  };

  it('refused: held for a person to mend it, with its words, nothing sent', async () => {
    const id = await run('bad picture', { kind: 'refuse', message: 'too blurred', on: ['media'], probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'refused', epoch: 0 });
    expect(await house.facts(id)).toEqual(['delivery.held']);
    const tries = await house.dataSource.query('SELECT kind, outcome, detail FROM attempts WHERE delivery_id = $1', [id]);
    expect(tries).toEqual([{ kind: 'prepare', outcome: 'refused', detail: expect.stringContaining('too blurred') }]);
  });

  it.each([
    ['503', { kind: 'status', status: 503, html: false, taken: false }],
    ['a broken connection', { kind: 'reset', taken: true }],
    ['a page instead of an answer', { kind: 'html', taken: false }],
  ] as const)('%s: tried again, for nothing was visible', async (name, fault) => {
    const id = await run(`media ${name}`, { ...fault, on: ['media'], probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'retrying', tries: 1, epoch: 0 });
  });

  it('429: asked again when the platform says', async () => {
    const id = await run('media slower', { kind: 'throttle', retryAfterMs: 90_000, says: 'seconds', on: ['media'], probability: 1 });
    const { readyAt, ...row } = await house.delivery(id);
    expect(row).toMatchObject({ state: 'scheduled', code: 'throttled' });
    expect(readyAt.getTime() - Date.now()).toBeGreaterThan(60_000);
  });

  it('401: held for its account, which is checked', async () => {
    const id = await run('media who', { kind: 'unauthorized', on: ['media'], probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'account', code: 'account-checked' });
    const [channel] = await house.dataSource.query('SELECT state FROM channels WHERE id = $1', [house.channel('media').id]);
    expect(channel).toEqual({ state: 'checking' });
  });

  it('whose file is gone here: it is us', async () => {
    const id = await withPicture('file gone');
    await house.dataSource.query(`UPDATE media SET storage_key = 'nowhere' WHERE id = (SELECT (content #>> '{media,0,mediaId}')::uuid FROM parts WHERE delivery_id = $1)`, [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'our-fault', epoch: 0 });
  });
});
