import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type House, openHouse } from '../../kit/house.js';
import { letter, mailRoom } from '../../infra/mail/mail-room.js';

let house: House;
let mine: string;
let other: string;

beforeAll(async () => {
  house = await openHouse();
  [mine, other] = [await house.workspace('Mine'), await house.workspace('Other')];
});
afterAll(() => house.close());
beforeEach(() => house.database.query('TRUNCATE letters, caught_mails'));

/** Without SMTP_URL there is no road. */
async function catchOf(...workspaces: (string | null)[]): Promise<void> {
  const { write, carry } = mailRoom(house.database, []);
  await write(...workspaces.map((workspaceId, n) => letter({
    workspaceId, mail: { subject: `Mail ${n}`, text: 'Text', html: '<b>Text</b>', fromName: 'Agenzia', replyTo: { name: 'Carla', address: 'carla@example.com' }, logo: { mediaId: uuid() } },
  })));
  await carry();
}
const get = async (path: string, headers: Readonly<Record<string, string>>) => house.http().get(`/api/v1${path}`).set(headers);

describe('A caught mail', () => {
  it('is read by a manager of its workspace: head in the list, all of it alone', async () => {
    await catchOf(mine);
    const { headers } = await house.member(mine, 'manager');
    const list = await get('/caught-mails', headers);
    expect(list.body).toEqual({ items: [{ id: expect.any(String), about: 'incident', to: { name: 'Anna', address: expect.stringContaining('@example.com') }, subject: 'Mail 0', caughtAt: expect.any(String) }], next: null });
    const { body } = await get(`/caught-mails/${list.body.items[0].id}`, headers);
    expect(body).toMatchObject({ subject: 'Mail 0', from: 'Agenzia', replyTo: { name: 'Carla', address: 'carla@example.com' }, text: 'Text', html: '<b>Text</b>', logoMediaId: expect.any(String) });
  });

  it('is no other workspace\'s, and nobody\'s below manager', async () => {
    await catchOf(other, null);
    const { headers } = await house.member(mine, 'owner');
    expect((await get('/caught-mails', headers)).body.items).toEqual([]);
    const ids: { id: string }[] = await house.database.query('SELECT id FROM caught_mails');
    for (const { id } of ids) expect((await get(`/caught-mails/${id}`, headers)).status).toBe(404);
    const editor = await house.member(other, 'editor');
    expect((await get('/caught-mails', editor.headers)).status).toBe(403);
  });

  it('of the installation is the operator\'s, and no workspace\'s mail is', async () => {
    await catchOf(mine, null);
    const operator = await house.member(null, 'viewer', { operator: true });
    const { body } = await get('/installation/caught-mails', operator.headers);
    expect(body.items.map(({ subject }: { subject: string }) => subject)).toEqual(['Mail 1']);
    expect((await get(`/installation/caught-mails/${body.items[0].id}`, operator.headers)).body).toMatchObject({ subject: 'Mail 1' });
    const [row]: { id: string }[] = await house.database.query('SELECT id FROM caught_mails WHERE workspace_id = $1', [mine]);
    expect((await get(`/installation/caught-mails/${row?.id}`, operator.headers)).status).toBe(404);
    const owner = await house.member(mine, 'owner');
    expect((await get('/installation/caught-mails', owner.headers)).status).toBe(403);
  });

  it('is listed in pages, each once', async () => {
    await catchOf(...Array.from({ length: 5 }, () => mine));
    const { headers } = await house.member(mine, 'manager');
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await get(`/caught-mails?limit=2${cursor}`, headers);
      seen.push(...body.items.map(({ subject }: { subject: string }) => subject));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen.sort()).toEqual(['Mail 0', 'Mail 1', 'Mail 2', 'Mail 3', 'Mail 4']);
  });

  it('is marked as carried, so that nobody waits for it', async () => {
    await catchOf(mine);
    expect(await house.database.query('SELECT state, road FROM letters')).toEqual([{ state: 'sent', road: 'catcher' }]);
  });
});
