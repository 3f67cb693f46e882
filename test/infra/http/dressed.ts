import { Body, Controller, Get, Global, HttpCode, type INestApplication, Module, Param, Post, Query, SerializeOptions, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { DataSource } from 'typeorm';
import { DataSource as DataSourceToken } from 'typeorm';
import { z } from 'zod';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, type Config, readConfig } from '../../../src/infra/config.js';
import { By, type Caller, Me, Needs, OperatorOnly, type Person, Public, SignedIn } from '../../../src/infra/http/access.js';
import { Doorkeeper, type KeyVisitor, type UserVisitor } from '../../../src/infra/http/doorkeeper.js';
import { dressApp } from '../../../src/infra/http/dress.js';
import { HttpModule } from '../../../src/infra/http/http.module.js';
import { problems } from '../../../src/infra/http/problem.js';
import { Seal } from '../../../src/infra/seal.js';

export const workspaceA = '01900000-0000-7000-8000-00000000000a';
export const workspaceB = '01900000-0000-7000-8000-00000000000b';

const fail = problems({
  'kettle-cold': { status: 409, en: 'The kettle {name} is cold: heat it.', it: 'Il bollitore {name} è freddo: scaldalo.' },
  'kettle-burst': { status: 503, en: 'Burst.', it: 'Scoppiato.' },
});

const Kettle = z.object({ name: z.string().min(1), litres: z.number().max(9) }).meta({ id: 'Kettle' });

/** Counts what really happened behind the endpoints. */
export class Stove {
  boiled = 0;
  gate: Promise<void> = Promise.resolve();
}

@Controller('kettles')
export class KettleController {
  constructor(private readonly stove: Stove) {}

  @Public()
  @Get('open')
  open(): { at: string } {
    return { at: 'everyone' };
  }

  @Public()
  @Post('open')
  push(): { done: boolean } {
    return { done: true };
  }

  @SignedIn()
  @Get('mine')
  mine(@Me() person: Person): { name: string } {
    return { name: person.name };
  }

  @OperatorOnly()
  @Get('all')
  all(): { count: number } {
    return { count: 2 };
  }

  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: z.object({ workspaceId: z.string() }).meta({ id: 'Where' }) })
  @Get('where')
  where(@By() caller: Caller): { workspaceId: string; secret: string } {
    return { workspaceId: caller.workspaceId, secret: 'never shown' };
  }

  @Needs('editor', 'posts:write')
  @Post()
  async boil(@Body({ schema: Kettle }) kettle: z.output<typeof Kettle>): Promise<{ name: string; boiled: number }> {
    this.stove.boiled += 1;
    const boiled = this.stove.boiled;
    await this.stove.gate;
    if (kettle.name === 'cold') throw fail('kettle-cold', { name: kettle.name }, { degrees: 3 });
    if (kettle.name === 'burst') throw fail('kettle-burst');
    if (kettle.name === 'lost') throw new Error('Connection terminated unexpectedly'); // by the database, as pg says it
    if (kettle.name === 'bug') throw new Error('secret inside /etc/passwd');
    return { name: kettle.name, boiled };
  }

  @Needs('owner', null)
  @HttpCode(204)
  @Post(':id/empty')
  empty(@Param('id', { schema: z.uuid() }) _id: string, @Query({ schema: z.object({ fast: z.string().optional() }) }) _query: unknown): void {
    this.stove.boiled += 1;
  }
}

const user = (name: string, rest: Partial<UserVisitor>): UserVisitor => ({
  kind: 'user', userId: `id-of-${name}`, name, operator: false, language: 'en', memberships: [], prolonged: false, ...rest,
});
const inA = (role: 'owner' | 'editor' | 'viewer') => [{ workspaceId: workspaceA, name: 'A', role }];

/** Cookie and key are the name of who they stand for. */
export class FakeDoorkeeper extends Doorkeeper {
  readonly users: Readonly<Record<string, UserVisitor>> = {
    viewer: user('viewer', { memberships: inA('viewer') }),
    editor: user('editor', { memberships: inA('editor') }),
    owner: user('owner', { memberships: inA('owner'), prolonged: true }),
    italian: user('italian', { memberships: inA('viewer'), language: 'it' }),
    both: user('both', { memberships: [...inA('owner'), { workspaceId: workspaceB, name: 'B', role: 'viewer' }] }),
    operator: user('operator', { operator: true }),
  };
  readonly keys: Readonly<Record<string, KeyVisitor>> = {
    pk_reads: { kind: 'key', keyId: 'k1', name: 'reads', workspaceId: workspaceA, scopes: ['posts:read'], language: 'it' },
    pk_writes: { kind: 'key', keyId: 'k2', name: 'writes', workspaceId: workspaceA, scopes: ['posts:write'], language: 'en' },
    pk_other: { kind: 'key', keyId: 'k3', name: 'other', workspaceId: workspaceB, scopes: ['posts:write'], language: 'en' },
  };

  async bySession(token: string): Promise<UserVisitor | null> {
    return this.users[token] ?? null;
  }

  async byKey(token: string): Promise<KeyVisitor | null> {
    return this.keys[token] ?? null;
  }
}

export interface Dressed {
  readonly app: NestExpressApplication;
  readonly stove: Stove;
  close(): Promise<void>;
}

/** The skin around a few endpoints of no meaning. Without a database nothing may send an Idempotency-Key. */
export async function dressed(
  settings: Readonly<Record<string, string>> = {},
  { database = null, controllers = [KettleController], clock = new Clock() }: { database?: DataSource | null; controllers?: Type[]; clock?: Clock } = {},
): Promise<Dressed> {
  const config: Config = readConfig(settings);
  const stove = new Stove();
  const house = [
    { provide: DataSourceToken, useValue: database },
    { provide: Clock, useValue: clock },
    { provide: CONFIG, useValue: config },
    { provide: Seal, useValue: new Seal('s'.repeat(32)) },
    { provide: Doorkeeper, useValue: new FakeDoorkeeper() },
    { provide: Stove, useValue: stove },
  ];
  @Global()
  @Module({ providers: house, exports: house.map(({ provide }) => provide) })
  class House {}
  const module = await Test.createTestingModule({ imports: [House, HttpModule], controllers }).compile();
  const app: INestApplication & NestExpressApplication = module.createNestApplication({ bodyParser: false, logger: false });
  await dressApp(app, config);
  return { app, stove, close: () => app.close() };
}
