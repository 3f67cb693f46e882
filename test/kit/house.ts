import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { DataSource } from 'typeorm';
import request from 'supertest';
import { AppModule } from '../../src/app.module.js';
import { KeysService } from '../../src/features/workspaces/keys.service.js';
import { MembersService } from '../../src/features/workspaces/members.service.js';
import { SessionsService } from '../../src/features/workspaces/sessions.service.js';
import { UsersService } from '../../src/features/workspaces/users.service.js';
import { WorkspacesService } from '../../src/features/workspaces/workspaces.service.js';
import { Clock } from '../../src/infra/clock.js';
import { readConfig } from '../../src/infra/config.js';
import type { Actor, RoleName, ScopeName } from '../../src/infra/http/access.js';
import { dressApp } from '../../src/infra/http/dress.js';
import { createDatabase } from './database.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tester: Actor = { kind: 'system', id: 'test', name: 'Test' };

export interface Visitor {
  readonly userId: string;
  /** Header of a browser that is signed in: the cookie, and that the request comes from our own page. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface House {
  readonly app: NestExpressApplication;
  readonly database: DataSource;
  http(): ReturnType<typeof request>;
  workspace(name: string): Promise<string>;
  /** A signed-in member of the workspace, or (null) a signed-in person who is member of nothing. */
  member(workspaceId: string | null, role: RoleName, person?: { operator?: boolean; language?: 'en' | 'it' }): Promise<Visitor>;
  key(workspaceId: string, scopes: readonly ScopeName[]): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** The whole application as the role api runs it, on a database of its own. `instead`: providers, and what stands in for them. */
export async function openHouse(settings: Readonly<Record<string, string>> = {}, clock = new Clock(), instead: ReadonlyMap<abstract new (...args: never[]) => unknown, object> = new Map()): Promise<House> {
  const fresh = await createDatabase();
  const { url, dataSource: database } = fresh;
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-house-'));
  const config = readConfig({ ROLES: 'api', PORT: '0', DATA_DIR: dataDir, ...settings });
  const building = Test.createTestingModule({
    imports: [AppModule.forRoot({ config, databaseUrl: url, secret: 's'.repeat(32), clock })],
  });
  for (const [provider, value] of instead) building.overrideProvider(provider).useValue(value);
  const module = await building.compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  await dressApp(app, config);
  const get = <Service>(service: abstract new (...args: never[]) => Service): Service => app.get(service as never, { strict: false });
  let people = 0;

  const member: House['member'] = async (workspaceId, role, { operator = false, language = 'en' } = {}) => {
    people += 1;
    return database.transaction(async (manager) => {
      const userId = await get(UsersService).create(manager, { email: `person${people}@example.com`, name: `Person ${people}`, language, operator });
      if (workspaceId) await get(MembersService).join(manager, workspaceId, userId, role);
      const token = await get(SessionsService).open(manager, userId, { by: 'password', agent: 'test' });
      return { userId, headers: { Cookie: `postern_session=${token}`, 'Sec-Fetch-Site': 'same-origin' } };
    });
  };
  return {
    app,
    database,
    http: () => request(app.getHttpServer()),
    workspace: (name) => database.transaction(async (manager) => (await get(WorkspacesService).make(manager, tester, { name, language: 'en', kind: 'live' })).id),
    member,
    key: async (workspaceId, scopes) => {
      const { userId } = await member(workspaceId, 'owner');
      const { token } = await get(KeysService).make({ workspaceId, actor: tester, userId, role: 'owner' }, { name: 'key', scopes: [...scopes] });
      return { Authorization: `Bearer ${token}` };
    },
    close: async () => {
      await app.close();
      await fresh.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
