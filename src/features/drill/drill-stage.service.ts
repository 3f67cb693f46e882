import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS } from '../../core/instant.js';
import { wallOf } from '../../core/schedule.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { ImportQuery } from '../audience/import.schema.js';
import { NewList } from '../audience/list.schema.js';
import { ImportsService } from '../audience/imports.service.js';
import { ListsService } from '../audience/lists.service.js';
import { BlogsService } from '../blog/blogs.service.js';
import { NewSender } from '../broadcast/sender.schema.js';
import { SendersService } from '../broadcast/senders.service.js';
import { ConnectingService } from '../channels/connecting.service.js';
import { ClientWays } from '../posts/client-ways.service.js';
import { FallbacksService } from '../posts/fallbacks.service.js';
import { PostCreate } from '../posts/post-input.schema.js';
import { PostsService } from '../posts/posts.service.js';
import { NewClient } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { MembersService } from '../workspaces/members.service.js';
import { UsersService } from '../workspaces/users.service.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { type CastClient, type CastPost, type Frame, isShown, platformOf, standing } from './drill-cast.js';

export interface StagedChannel {
  /** `platform`, or `platform/2`. */
  readonly key: string;
  readonly id: string;
  readonly platform: string;
  /** Of the sandbox platform; of this drill alone. */
  readonly account: string;
}

export interface StagedClient {
  readonly cast: CastClient;
  readonly id: string;
  readonly channels: readonly StagedChannel[];
}

export interface Stage {
  readonly caller: Caller;
  readonly workspaceId: string;
  /** The host name its platforms are asked under: nobody else's channels are there. */
  readonly world: string;
  readonly clients: readonly StagedClient[];
}

export interface StageTerms {
  readonly id: string;
  /** `demo` reaches nobody by itself; `live` only where whoever calls owns every way out. */
  readonly kind: 'demo' | 'live';
  readonly frame: Frame;
  /** May look on; is told nothing, as everybody else. */
  readonly watcherId: string | null;
}

export const stageActor = { kind: 'system', id: 'drill', name: 'Drill' } as const;

/** Makes the workspace a drill plays in, by the same services as people do. It holds nothing real: accounts, people and addresses are made up. */
@Injectable()
export class DrillStage {
  constructor(
    private readonly database: DataSource,
    private readonly workspaces: WorkspacesService,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly clients: ClientsService,
    private readonly connecting: ConnectingService,
    private readonly lists: ListsService,
    private readonly imports: ImportsService,
    private readonly senders: SendersService,
    private readonly blogs: BlogsService,
    private readonly ways: ClientWays,
    private readonly posts: PostsService,
    private readonly fallbacks: FallbacksService,
    private readonly clock: Clock,
  ) {}

  async workspace({ id, kind, watcherId }: StageTerms): Promise<string> {
    return this.database.transaction(async (manager) => {
      const { id: workspaceId } = await this.workspaces.make(manager, stageActor, { name: `Drill ${id.slice(-6)}`, language: 'en', kind });
      await manager.query('UPDATE workspaces SET is_drill = true WHERE id = $1', [workspaceId]);
      const onDuty = await this.users.create(manager, { email: `on-duty@${id}.drill.example`, name: 'On duty', language: 'en', operator: false });
      await this.members.join(manager, workspaceId, onDuty, 'manager');
      if (watcherId !== null) await this.members.join(manager, workspaceId, watcherId, 'viewer');
      return workspaceId;
    });
  }

  /** Clients, channels, lists: all but the posts. */
  async set(workspaceId: string, cast: readonly CastClient[], terms: StageTerms): Promise<Stage> {
    const caller: Caller = { workspaceId, actor: stageActor, role: 'owner', language: 'en' };
    const word = terms.id.slice(-12);
    const world = `d-${word}.sandbox.invalid`;
    const clients: StagedClient[] = [];
    for (const one of cast) {
      const { id } = await this.clients.create(caller, NewClient.parse({
        name: one.name, zone: one.zone, language: 'en', day: terms.frame.day, latePace: { perHour: 3, clearMinutes: 0 },
        contacts: { emails: [`owner@${one.scenario}.drill.example`], phones: [], newsletter: null, blog: null, shop: null },
      }));
      const channels: StagedChannel[] = [];
      for (const key of [...one.channels, standing]) {
        const account = `${one.scenario}${key.includes('/') ? '-two' : ''}-${word}`.slice(0, 40);
        const channel = await this.connecting.connect(caller, { clientId: id, connectorId: platformOf(key), account: { url: `http://${world}`, account, token: 'drill' }, name: `${one.name} on ${key}` });
        channels.push({ key, id: channel.id, platform: platformOf(key), account });
      }
      if (isShown(one)) await this.waysOut(caller, { id, cast: one, channels }, word);
      clients.push({ cast: one, id, channels });
    }
    return { caller, workspaceId, world, clients };
  }

  /** Plans everything; what may go elsewhere is written and approved for there. @returns how many posts */
  async plan({ caller, clients }: Stage, fallsAt: number): Promise<number> {
    let planned = 0;
    for (const client of clients) {
      for (const post of client.cast.posts) {
        const id = await this.post(caller, client, { ...post, dueAt: fallsAt + post.afterMs });
        planned += 1;
        if (!isShown(client.cast)) continue;
        for (const { channelId } of await this.fallbacks.list(caller, id)) {
          await this.fallbacks.write(caller, { postId: id, channelId }, { version: 0, content: PostCreate.shape.content.parse({ parts: [{ text: `${post.text}\n\nYou read this here because a platform is down.` }] }), approve: true });
        }
      }
    }
    return planned;
  }

  /** One post on every channel, so that the platforms are known to work. @returns their deliveries' texts */
  async warm({ caller, clients }: Stage, dueAt: number): Promise<number> {
    for (const client of clients) {
      await this.post(caller, client, { on: client.channels.map(({ key }) => key), text: `${client.cast.name} says good day.`, choice: 'can-wait', policy: {}, dueAt });
    }
    return clients.reduce((sum, { channels }) => sum + channels.length, 0);
  }

  private post(caller: Caller, { id, channels }: StagedClient, { on, text, choice, policy, dueAt }: Omit<CastPost, 'afterMs'> & { readonly dueAt: number }): Promise<string> {
    return this.posts.create(caller, PostCreate.parse({
      clientId: id, channelIds: channels.filter(({ key }) => on.includes(key)).map((channel) => channel.id), content: { parts: [{ text }] }, choice, policy,
      wallAt: wallOf(Math.ceil(dueAt / 1_000) * 1_000, 'UTC'), zone: 'UTC',
    }));
  }

  private async waysOut(caller: Caller, { id: clientId, cast }: StagedClient, word: string): Promise<void> {
    const listIds: string[] = [];
    for (const { name, from, people } of cast.lists) {
      listIds.push(await this.list(caller, { clientId, name, kind: 'email', rows: Array.from({ length: people }, (_, i) => `person${from + i}@${cast.scenario}.drill.example`) }));
    }
    await this.senders.create(caller, NewSender.parse({
      clientId, fromName: cast.name, fromAddress: `news@${cast.scenario}.drill.example`, imprint: `${cast.name}, Drill Street 1, Nowhere`, isWarm: true, ratePerSecond: null, connections: 3,
    }));
    const slug = `drill-${word}-${cast.scenario}`;
    const { version } = await this.blogs.read(caller.workspaceId, clientId);
    await this.blogs.change(caller, clientId, { version, slug, on: true, title: cast.name, tagline: '', language: 'en', accent: '#0b57d0', footer: '', showsPlan: false });
    const news = await this.connecting.connect(caller, { clientId, connectorId: 'newsletter', account: { listIds }, name: `Newsletter of ${cast.name}` });
    const blog = await this.connecting.connect(caller, { clientId, connectorId: 'blog', account: { blog: slug }, name: `Blog of ${cast.name}` });
    const sms = cast.phones === 0 ? [] : [await this.sms(caller, clientId, cast)];
    await this.ways.set(caller, clientId, [[news.id, blog.id, ...sms]]);
  }

  private async sms(caller: Caller, clientId: string, { name, phones }: CastClient): Promise<string> {
    const listId = await this.list(caller, { clientId, name: 'Telephones', kind: 'phone', rows: Array.from({ length: phones }, (_, i) => `+39333${1_000_000 + i}`) });
    return (await this.connecting.connect(caller, { clientId, connectorId: 'sms', account: { listIds: [listId] }, name: `SMS of ${name}` })).id;
  }

  /** With people who have agreed to it, as somebody says who collected them on paper. */
  private async list(caller: Caller, { clientId, name, kind, rows }: { readonly clientId: string; readonly name: string; readonly kind: 'email' | 'phone'; readonly rows: readonly string[] }): Promise<string> {
    const { id } = await this.lists.create(caller, NewList.parse({ clientId, kind, name, purpose: 'News of the house', consentText: 'I want to read it, also when a platform is down.', coversFallback: true }));
    await this.imports.run(caller, id, {
      source: Readable.from([Buffer.from(`${kind}\n${rows.join('\n')}\n`)]),
      query: ImportQuery.parse({ preview: 'false', consentSource: 'made up for a drill', consentOn: new Date(this.clock.now() - DAY_MS).toISOString().slice(0, 10), consentVersion: 1 }),
    });
    return id;
  }
}
