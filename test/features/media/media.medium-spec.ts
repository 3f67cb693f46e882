import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { DiskMediaStore } from '../../../src/features/media/disk-media-store.js';
import { MediaModule } from '../../../src/features/media/media.module.js';
import { MediaService } from '../../../src/features/media/media.service.js';
import { MEDIA_STORE, type MediaStore } from '../../../src/features/media/media-store.js';
import { AuditService } from '../../../src/features/workspaces/audit.service.js';
import { WorkspacesModule } from '../../../src/features/workspaces/workspaces.module.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, readConfig } from '../../../src/infra/config.js';
import { Doorkeeper, type KeyVisitor } from '../../../src/infra/http/doorkeeper.js';
import { dressApp } from '../../../src/infra/http/dress.js';
import { HttpModule } from '../../../src/infra/http/http.module.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { jpeg, mp4, png } from './pictures.js';
import { planned } from './planned.js';

const [workspaceA, workspaceB] = [uuid(), uuid()];

class TwoKeys extends Doorkeeper {
  async bySession(): Promise<null> {
    return null;
  }

  async byKey(token: string): Promise<KeyVisitor | null> {
    const workspaceId = { pk_a: workspaceA, pk_b: workspaceB }[token];
    return workspaceId ? { kind: 'key', keyId: token, name: token, workspaceId, scopes: ['media:read', 'media:write'], language: 'en' } : null;
  }
}

/** A disk that can be filled: the error is the one the system gives. */
class FillableStore implements MediaStore {
  isFull = false;

  constructor(private readonly disk: MediaStore) {}

  async put(key: string, file: string): Promise<void> {
    if (this.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    return this.disk.put(key, file);
  }

  open = (key: string, mime: string) => this.disk.open(key, mime);
  remove = (key: string) => this.disk.remove(key);
  exists = (key: string) => this.disk.exists(key);
}

let database: TestDatabase;
let folder: string;
let app: NestExpressApplication;
let store: FillableStore;

beforeAll(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'postern-media-'));
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'A'), ($2, 'B')`, [workspaceA, workspaceB]);
  const config = readConfig({ DATA_DIR: folder });
  store = new FillableStore(new DiskMediaStore(join(folder, 'media', 'kept')));
  const house = [
    { provide: DataSource, useValue: database.dataSource },
    { provide: Clock, useValue: new Clock() },
    { provide: CONFIG, useValue: config },
    { provide: Seal, useValue: new Seal('s'.repeat(32)) },
    { provide: Doorkeeper, useValue: new TwoKeys() },
  ];
  @Global()
  @Module({ providers: house, exports: house.map(({ provide }) => provide) })
  class House {}
  @Module({ providers: [AuditService], exports: [AuditService] })
  class OnlyAudit {}
  const module = await Test.createTestingModule({ imports: [House, HttpModule, MediaModule] })
    .overrideModule(WorkspacesModule).useModule(OnlyAudit)
    .overrideProvider(MEDIA_STORE).useValue(store)
    .compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  await dressApp(app, config);
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  store.isFull = false;
  expect(await readdir(join(folder, 'media', 'incoming'))).toEqual([]); // whatever happened, nothing half-received stays
});

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const upload = (file: Buffer, { key = 'pk_a', name = 'picture.png', type = 'image/png' } = {}) =>
  request(app.getHttpServer()).post('/api/v1/media').set(as(key)).attach('file', file, { filename: name, contentType: type });
const get = (path: string, key = 'pk_a') => request(app.getHttpServer()).get(`/api/v1/media${path}`).set(as(key));
const keptFiles = async (): Promise<number> => (await readdir(join(folder, 'media', 'kept'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
/** Bytes no other test uploads. */
const fresh = () => png(30, 20, { salt: uuid() });

describe('an upload', () => {
  it('as a form keeps the file with its type, size and alt text', async () => {
    const file = fresh();
    const { status, body } = await upload(file).field('alt', 'A red door');
    expect(status).toBe(201);
    expect(body).toMatchObject({ mime: 'image/png', bytes: file.length, width: 30, height: 20, alt: 'A red door', name: 'picture.png', version: 1 });
    expect(Object.keys(body)).not.toContain('storageKey');
    expect((await get(`/${body.id}`)).body).toEqual(body);
  });

  it('as a raw body keeps the file with name and alt text of the query', async () => {
    const { status, body } = await request(app.getHttpServer()).post('/api/v1/media?name=door.jpg&alt=Door').set(as('pk_a')).set('content-type', 'image/jpeg').send(jpeg(12, 34));
    expect(status).toBe(201);
    expect(body).toMatchObject({ mime: 'image/jpeg', width: 12, height: 34, alt: 'Door', name: 'door.jpg' });
  });

  it('that lies about its type is taken for what it is, name included', async () => {
    const { body } = await upload(fresh(), { name: '../../evil\r\n.html.jpg', type: 'text/html' });
    expect(body).toMatchObject({ mime: 'image/png', name: expect.stringMatching(/^evil.*\.png$/) });
  });

  it.each([
    ['HTML that calls itself a PNG', Buffer.from('<!doctype html><script>alert(1)</script>'), 415, 'media-type'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), 415, 'media-type'],
    ['a damaged picture', png(3, 3).subarray(0, 18), 422, 'media-broken'],
    ['an empty file', Buffer.alloc(0), 422, 'media-empty'],
    ['much text, judged by its beginning', Buffer.alloc(5_000_000, 'x'), 415, 'media-type'],
  ])('of %s is refused with what to do', async (_, file, status, code) => {
    const answer = await upload(file);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('of the same sort is refused as a raw body too, however long it goes on', async () => {
    const answer = await request(app.getHttpServer()).post('/api/v1/media').set(as('pk_a')).set('content-type', 'image/png').send(Buffer.alloc(3_000_000, 'x'));
    expect([answer.status, answer.body.code]).toEqual([415, 'media-type']);
  });

  it('without a file says how to send one', async () => {
    const noField = await request(app.getHttpServer()).post('/api/v1/media').set(as('pk_a')).field('alt', 'x');
    const json = await request(app.getHttpServer()).post('/api/v1/media').set(as('pk_a')).send({ file: 'x' });
    expect([noField.body.code, json.body.code]).toEqual(['media-missing', 'media-missing']);
  });

  it('with an alt text that is too long is refused, and nothing is kept', async () => {
    const before = await keptFiles();
    const answer = await upload(fresh()).field('alt', 'x'.repeat(1_501));
    expect([answer.status, answer.body.code]).toEqual([422, 'media-field']);
    expect(await keptFiles()).toBe(before);
  });

  it('of the same bytes again gives the same medium, also when both come at once', async () => {
    const file = fresh();
    const before = await keptFiles();
    const answers = await Promise.all([upload(file), upload(file), upload(file)]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await upload(file)).body.id).toBe(answers[0]?.body.id);
    expect(await keptFiles()).toBe(before + 1);
  });

  it('of the same bytes in another workspace is another medium', async () => {
    const file = fresh();
    const [mine, theirs] = [await upload(file), await upload(file, { key: 'pk_b' })];
    expect(mine.body.id).not.toBe(theirs.body.id);
  });

  it('to a full disk answers 507, keeps no row and no half file, and works again once there is room', async () => {
    const file = fresh();
    const before = await keptFiles();
    store.isFull = true;
    const answer = await upload(file);
    expect([answer.status, answer.body.code]).toEqual([507, 'disk-full']);
    expect(await keptFiles()).toBe(before);
    store.isFull = false;
    expect((await upload(file)).status).toBe(201);
  });
});

describe('what was uploaded', () => {
  it('comes back byte for byte, as something no browser runs', async () => {
    const file = fresh();
    const { body } = await upload(file, { name: 'così "bello".png' });
    const answer = await get(`/${body.id}/file`).buffer(true).parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)));
    });
    expect(Buffer.compare(answer.body, file)).toBe(0);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(file.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': `attachment; filename="cos_ _bello_.png"; filename*=UTF-8''cos%C3%AC%20%22bello%22.png`,
    });
  });

  it('is not there for another workspace: not to read, list, fetch, edit, delete or post', async () => {
    const { body } = await upload(fresh());
    const http = request(app.getHttpServer());
    expect((await get(`/${body.id}`, 'pk_b')).status).toBe(404);
    expect((await get(`/${body.id}/file`, 'pk_b')).status).toBe(404);
    expect((await http.patch(`/api/v1/media/${body.id}`).set(as('pk_b')).send({ version: 1, alt: 'theirs' })).status).toBe(404);
    expect((await http.delete(`/api/v1/media/${body.id}`).set(as('pk_b'))).status).toBe(404);
    expect((await get('', 'pk_b')).body.items.map(({ id }: { id: string }) => id)).not.toContain(body.id);
    expect(await app.get(MediaService).describe(workspaceB, [body.id])).toEqual([]);
    await expect(app.get(MediaService).open(workspaceB, body.id)).rejects.toMatchObject({ code: 'media-not-found' });
  });

  it('is described for posts in the order asked, without what is gone', async () => {
    const [one, two] = [(await upload(fresh())).body, (await upload(mp4(5_000), { name: 'film.mp4', type: 'video/mp4' })).body];
    expect(await app.get(MediaService).describe(workspaceA, [two.id, uuid(), one.id])).toEqual([
      { mediaId: two.id, mime: 'video/mp4', bytes: 5_000, width: null, height: null, alt: '' },
      { mediaId: one.id, mime: 'image/png', bytes: one.bytes, width: 30, height: 20, alt: '' },
    ]);
  });

  it('takes a new alt text, and answers edited-meanwhile to the second of two edits', async () => {
    const { body } = await upload(fresh());
    const edit = (alt: string) => request(app.getHttpServer()).patch(`/api/v1/media/${body.id}`).set(as('pk_a')).send({ version: 1, alt });
    expect((await edit('First')).body).toMatchObject({ alt: 'First', version: 2 });
    expect((await edit('Second')).body.code).toBe('edited-meanwhile');
  });

  it('is listed newest first, page by page', async () => {
    const ids = [(await upload(fresh())).body.id, (await upload(fresh())).body.id, (await upload(fresh())).body.id];
    const first = (await get('?limit=2')).body;
    const second = (await get(`?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].slice(0, 3).map(({ id }: { id: string }) => id)).toEqual(ids.reverse());
  });

  it('cannot be deleted while a post that is to go out uses it, and can once it is out', async () => {
    const { body } = await upload(fresh());
    const delivery = await planned(database.dataSource, workspaceA, { content: { parts: [{ text: 'x', media: [{ mediaId: body.id }] }] } });
    const remove = () => request(app.getHttpServer()).delete(`/api/v1/media/${body.id}`).set(as('pk_a'));
    const refused = await remove();
    expect([refused.status, refused.body.code]).toEqual([409, 'media-in-use']);
    await database.dataSource.query(`UPDATE deliveries SET state = 'published' WHERE id = $1`, [delivery]);
    const before = await keptFiles();
    expect((await remove()).status).toBe(204);
    expect((await get(`/${body.id}`)).status).toBe(404);
    expect(await keptFiles()).toBe(before - 1);
  });

  it('whose bytes are lost says so', async () => {
    const { body } = await upload(fresh());
    await rm(join(folder, 'media', 'kept', workspaceA, body.id));
    const answer = await get(`/${body.id}/file`);
    expect([answer.status, answer.body.code]).toEqual([410, 'media-lost']);
  });
});
