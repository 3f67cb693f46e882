import { v7 as uuid } from 'uuid';
import { Clock } from '../../../src/infra/clock.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { png } from '../media/pictures.js';

export interface Agency {
  readonly workspaceId: string;
  readonly clientId: string;
  /** Two sandbox platforms: `sandbox-alpha`, `sandbox-beta`. */
  readonly channels: readonly [string, string];
  readonly editor: Visitor;
  readonly manager: Visitor;
}

export type LibraryHouse = House & ReturnType<typeof withLibrary>;

/** A house with agencies whose client has two channels. */
export async function openLibraryHouse(settings: Readonly<Record<string, string>> = {}, clock = new Clock()): Promise<LibraryHouse> {
  const house = await openHouse(settings, clock);
  return { ...house, ...withLibrary(house) };
}

function withLibrary(house: House) {
  const agency = async ({ name = 'Bar Aurora', language = 'en' }: { readonly name?: string; readonly language?: 'en' | 'it' } = {}): Promise<Agency> => {
    const workspaceId = await house.workspace('Agency');
    const manager = await house.member(workspaceId, 'manager', { language });
    const editor = await house.member(workspaceId, 'editor', { language });
    const { body } = await house.http().post('/api/v1/clients').set(manager.headers).send({ name, zone: 'Europe/Rome', language });
    const clientId = body.id as string;
    const channel = (connectorId: string) => channelOf(house, { workspaceId, clientId, connectorId });
    return { workspaceId, clientId, manager, editor, channels: [await channel('sandbox-alpha'), await channel('sandbox-beta')] };
  };

  const upload = async (on: Agency, name = 'cup.png', salt: string = uuid()): Promise<{ id: string; bytes: Buffer }> => {
    const bytes = png(40, 30, { salt });
    const { status, body } = await house.http().post(`/api/v1/media?${new URLSearchParams({ alt: 'A cup', name }).toString()}`).set(on.editor.headers).set('Content-Type', 'image/png').send(bytes);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return { id: body.id as string, bytes };
  };

  const newPack = (on: Agency, more: Readonly<Record<string, unknown>> = {}) =>
    house.http().post('/api/v1/packs').set(on.editor.headers)
      .send({ clientId: on.clientId, title: 'Instagram is down', useWhen: 'When it is down for more than an hour', tags: ['outage'], variants: [{ for: { kind: 'all' }, parts: [{ text: 'We are here.' }] }], ...more });

  return { agency, upload, newPack };
}

async function channelOf(house: House, { workspaceId, clientId, connectorId }: { readonly workspaceId: string; readonly clientId: string; readonly connectorId: string }): Promise<string> {
  const id = uuid();
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, $4, $5, 'sandbox.invalid', $6, 'x')`,
    [id, workspaceId, clientId, connectorId, `${connectorId} of the bar`, `${connectorId}:publish@sandbox.invalid`],
  );
  return id;
}
