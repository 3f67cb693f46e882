import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { MediaService } from '../../../src/features/media/media.service.js';
import type { MediaStore } from '../../../src/features/media/media-store.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { SeriesCreate } from '../../../src/features/posts/series.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let media: MediaService;
let mediaId: string;
let record: House['audit']['record'];

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house, { channels: 1 });
  record = house.audit.record.bind(house.audit);
  const store: MediaStore = { put: () => Promise.resolve(), open: () => Promise.resolve(new Blob([])), remove: () => Promise.resolve(), exists: () => Promise.resolve(true) };
  media = new MediaService(house.dataSource, store, house.audit);
});
beforeEach(async () => {
  mediaId = uuid();
  await house.dataSource.query(
    `INSERT INTO media (id, workspace_id, sha256, mime, bytes, width, height, alt, name, storage_key)
     VALUES ($1, $2, decode(md5($3), 'hex'), 'image/png', 1000, 10, 10, 'a glass', 'glass.png', $3)`,
    [mediaId, agency.caller.workspaceId, mediaId],
  );
});
afterAll(() => house.close());

const tomorrow = () => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days: 1 });
const content = () => ({ parts: [{ text: 'x', media: [{ mediaId }] }] });
const saving: Readonly<Record<string, () => Promise<unknown>>> = {
  post: () => house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: content(), wallAt: tomorrow().toFormat("yyyy-MM-dd'T'HH:mm") })),
  series: () => house.series.create(agency.caller, SeriesCreate.parse({ clientId: agency.clientId, rule: 'FREQ=DAILY;COUNT=2', wallStart: tomorrow().toFormat("yyyy-MM-dd'T'HH:mm"), template: { channelIds: agency.channelIds, content: content() } })),
  import: () => house.imports.run(agency.caller, `client,channels,date,time,text,media\nBar Sport,*,${tomorrow().toFormat('yyyy-MM-dd')},09:00,x,${mediaId}`, false),
};

/** Until the work waits for a lock, or is over. */
async function waits(work: Promise<unknown>): Promise<void> {
  const progress = { over: false };
  const end = (): void => {
    progress.over = true;
  };
  work.then(end, end);
  while (!progress.over) {
    const waiting = await house.dataSource.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    if (waiting.length > 0) return;
  }
}
/** Every transaction stops before its audit entry, its last step, until this is called. */
function stopped(): { readonly reached: Promise<void>; readonly go: () => void } {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => { go = resolve; });
  const reached = new Promise<void>((resolve) => {
    house.audit.record = async (...entry) => {
      house.audit.record = record;
      resolve();
      await gate;
      return record(...entry);
    };
  });
  return { reached, go };
}

describe.each(Object.keys(saving))('A %s with a medium', (what) => {
  const save = () => saving[what]!();

  it('is refused when that medium was being deleted', async () => {
    const deletion = stopped();
    const removed = media.remove(agency.caller, mediaId);
    await deletion.reached;
    const saved = codeOf(save());
    await waits(saved);
    deletion.go();
    await removed;
    expect(await saved).toBe(what === 'import' ? 'csv-has-errors' : 'media-not-found');
  });

  it('keeps that medium from being deleted while it is being saved', async () => {
    const saved = stopped();
    const done = save();
    await saved.reached;
    const removed = codeOf(media.remove(agency.caller, mediaId));
    await waits(removed);
    saved.go();
    await done;
    expect(await removed).toBe('media-in-use');
  });
});
