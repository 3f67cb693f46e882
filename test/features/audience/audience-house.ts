import { v7 as uuid } from 'uuid';
import type { RoleName } from '../../../src/infra/http/access.js';
import { type House, openHouse } from '../../kit/house.js';
import { mailRoom } from '../../infra/mail/mail-room.js';

export interface CaughtMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly fromName: string;
  /** The addresses in its text, as paths of this house. */
  readonly paths: readonly string[];
}

export interface AudienceHouse extends House {
  readonly workspaceId: string;
  readonly clientId: string;
  /** Headers of a signed-in member of the workspace. */
  readonly as: Readonly<Record<RoleName, Readonly<Record<string, string>>>>;
  client(workspaceId?: string, name?: string): Promise<string>;
  /** Of the one client, unless said otherwise. */
  list(terms?: Readonly<Record<string, unknown>>): Promise<{ readonly id: string; readonly join: string }>;
  /** What the catcher got since the last look, the oldest first. */
  mails(): Promise<readonly CaughtMail[]>;
}

const pathOf = (link: string): string => new URL(link).pathname;

export async function openAudience(settings: Readonly<Record<string, string>> = {}): Promise<AudienceHouse> {
  const house = await openHouse(settings);
  const workspaceId = await house.workspace('Agency');
  const client = async (of = workspaceId, name = 'Bar Aurora'): Promise<string> => {
    const id = uuid();
    await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone, language, contacts) VALUES ($1, $2, $3, 'Europe/Rome', 'it', '{"emails":["ciao@aurora.example"],"phones":[]}')`, [id, of, name]);
    return id;
  };
  const clientId = await client();
  const headersOf = async (role: RoleName) => (await house.member(workspaceId, role)).headers;
  const as = { owner: await headersOf('owner'), manager: await headersOf('manager'), editor: await headersOf('editor'), viewer: await headersOf('viewer') };
  return {
    ...house, workspaceId, clientId, as, client,
    list: async (terms = {}) => {
      const body = { clientId, name: 'News', purpose: 'News of the bar', consentText: 'I want to get the news of Bar Aurora by e-mail.', ...terms };
      const made = await house.http().post('/api/v1/lists').set(as.manager).send(body);
      if (made.status !== 201) throw new Error(`The list was not made: ${JSON.stringify(made.body)}`);
      return { id: made.body.id as string, join: pathOf(made.body.signUpLink as string) };
    },
    mails: async () => {
      await mailRoom(house.database, []).carry();
      const rows: { to: string; mail: { subject: string; text: string; html: string; fromName: string } }[] = await house.database.query('SELECT to_address AS "to", mail FROM caught_mails ORDER BY caught_at, id');
      await house.database.query('DELETE FROM caught_mails');
      return rows.map(({ to, mail }) => ({ to, ...mail, paths: (mail.text.match(/https?:\/\/\S+/g) ?? []).map(pathOf) }));
    },
  };
}

/** As a browser sends a form of ours, or of a page elsewhere. */
export function postForm(house: House, path: string, fields: Readonly<Record<string, string | readonly string[]>> = {}, headers: Readonly<Record<string, string>> = {}) {
  const body = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`)).join('&');
  return house.http().post(path).set({ 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html', ...headers }).send(body);
}

/** Signs somebody up and presses the button in the letter. @returns the path of the confirmation */
export async function joined(house: AudienceHouse, join: string, address: string): Promise<string> {
  await postForm(house, join, { address, consent: 'yes' });
  const mail = (await house.mails()).find(({ to }) => to === address);
  const path = mail?.paths[0];
  if (path === undefined) throw new Error(`No letter came to ${address}.`);
  await postForm(house, path);
  return path;
}

/** The links of somebody known: unsubscribe and preferences. */
export async function linksOf(house: AudienceHouse, address: string): Promise<{ readonly leave: string; readonly preferences: string; readonly id: string }> {
  const [row]: { id: string; token: string }[] = await house.database.query('SELECT id, token FROM subscribers WHERE address = $1', [address]);
  if (!row) throw new Error(`Nobody has the address ${address}.`);
  return { id: row.id, leave: `/public/u/${row.token}`, preferences: `/public/p/${row.token}` };
}
