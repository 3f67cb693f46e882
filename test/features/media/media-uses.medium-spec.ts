import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { usesOf } from '../../../src/features/media/media-uses.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { type Planned, planned } from './planned.js';

const [workspaceA, workspaceB] = [uuid(), uuid()];
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'A'), ($2, 'B')`, [workspaceA, workspaceB]);
});
afterAll(() => database.drop());

it.each<[string, (id: string) => Planned, number]>([
  ['the thumb of a link', (id: string) => ({ content: { parts: [{ text: 'x', link: { url: 'https://a.test', thumb: { mediaId: id } } }] } }), 1],
  ['a variant', (id: string) => ({ variant: { parts: [{ text: 'x', media: [{ mediaId: id }] }] } }), 1],
  ['a draft, though nothing is to go out', (id: string) => ({ content: { parts: [{ media: [{ mediaId: id }] }] }, state: 'cancelled', editing: 'draft' }), 1],
  ['a post that is published late, though the post says something else', (id: string) => ({ part: { text: 'x', media: [{ mediaId: id }] }, origin: 'late:1' }), 1],
  ['what a post says elsewhere', (id: string) => ({ fallback: { parts: [{ media: [{ mediaId: id }] }] } }), 1],
  ['what a post said elsewhere, and nothing of it is to go out', (id: string) => ({ fallback: { parts: [{ media: [{ mediaId: id }] }] }, state: 'published' }), 0],
  ['a fallback that is still to go out', (id: string) => ({ part: { media: [{ mediaId: id }] }, origin: 'fallback' }), 1],
  ['a post that went elsewhere, while nobody has decided about it', (id: string) => ({ content: { parts: [{ media: [{ mediaId: id }] }] }, state: 'rerouted', undecided: true }), 1],
  ['a post as its text', (id: string) => ({ content: { parts: [{ text: id }] } }), 0],
  ['a post that has failed', (id: string) => ({ content: { parts: [{ media: [{ mediaId: id }] }] }, state: 'failed' }), 0],
])('A medium in %s counts as it should', async (_, over, count) => {
  const id = uuid();
  await planned(database.dataSource, workspaceA, over(id));
  const { manager } = database.dataSource;
  expect([await usesOf(manager, workspaceA, id), await usesOf(manager, workspaceA, id.toUpperCase()), await usesOf(manager, workspaceB, id)]).toEqual([count, count, 0]);
});

it('A medium is counted in a series that goes on', async () => {
  const [clientId, id] = [uuid(), uuid()];
  await database.dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Brand', 'UTC')`, [clientId, workspaceA]);
  await database.dataSource.query(
    `INSERT INTO series (id, workspace_id, client_id, rule, zone, wall_start, template, created_by) VALUES ($1, $2, $3, 'FREQ=DAILY', 'UTC', now(), $4, '{}')`,
    [uuid(), workspaceA, clientId, JSON.stringify({ content: { parts: [{ media: [{ mediaId: id }] }] } })],
  );
  expect(await usesOf(database.dataSource.manager, workspaceA, id)).toBe(1);
  await database.dataSource.query('UPDATE series SET ended_at = now() WHERE client_id = $1', [clientId]);
  expect(await usesOf(database.dataSource.manager, workspaceA, id)).toBe(0);
});
