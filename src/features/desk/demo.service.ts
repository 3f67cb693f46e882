import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isZone, place, wallOf } from '../../core/schedule.js';
import { Clock } from '../../infra/clock.js';
import type { Caller, Person } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import { problems } from '../../infra/http/problem.js';
import { ChannelsService } from '../channels/channels.service.js';
import { ConnectingService } from '../channels/connecting.service.js';
import { PostCreate } from '../posts/post-input.schema.js';
import { PostReads } from '../posts/post-reads.service.js';
import { PostsService } from '../posts/posts.service.js';
import { NewClient } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { MembersService } from '../workspaces/members.service.js';
import { UsersService } from '../workspaces/users.service.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { demoChannels, type DemoPost, demoPosts } from './demo-posts.js';

const fail = problems({
  'demo-not-yours': {
    status: 403,
    en: 'Only an editor of the demo workspace may run the demo again. Ask its owner.',
    it: 'Solo un redattore del workspace demo può rilanciare la demo. Chiedi al suo proprietario.',
  },
  'demo-missing': {
    status: 409,
    en: 'The demo is not set up yet: start Postern again with the sandbox running.',
    it: 'La demo non è ancora pronta: riavvia Postern con la sandbox in funzione.',
  },
});

/** Any number, the same everywhere. */
const LOCK = 7_305_671_005;
const everyList = { limit: 200, cursor: undefined } as const;

/** A workspace on sandbox platforms, so that within a minute of the first start a post is seen going out. Reaches nobody. */
@Injectable()
export class DemoService {
  private readonly logger = new Logger('demo');

  constructor(
    private readonly database: DataSource,
    private readonly workspaces: WorkspacesService,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly clients: ClientsService,
    private readonly channels: ChannelsService,
    private readonly connecting: ConnectingService,
    private readonly posts: PostsService,
    private readonly reads: PostReads,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the demo up at the first start, and finishes what a crash left half done; afterwards does nothing. The posts are
   * planned once: later only by `again`. A demo that fails stops no start.
   */
  async ensure(): Promise<void> {
    try {
      await this.alone(async () => {
        const caller = await this.settle();
        const { items } = await this.reads.list(caller, { ...everyList, limit: 1 });
        if (items.length === 0) await this.plan(caller);
      });
    } catch (error) {
      this.logger.warn(`The demo could not be set up; the next start tries again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Plans the demo's posts anew. @returns how many. @throws DomainError demo-not-yours (403), demo-missing (409) */
  async again(person: Person): Promise<number> {
    const demo = await this.workspaces.demo();
    if (!demo) throw fail('demo-missing');
    const { workspaces } = await this.users.me(person.userId);
    const membership = workspaces.find(({ workspaceId }) => workspaceId === demo.id);
    if (!membership || !isAtLeast(membership.role, 'editor')) throw fail('demo-not-yours');
    const actor = { kind: 'user', id: person.userId, name: person.name } as const;
    return this.plan({ workspaceId: demo.id, actor, role: membership.role, language: person.language });
  }

  private async settle(): Promise<Caller> {
    const demo = await this.database.transaction(async (manager) => {
      const known = await this.workspaces.demo(manager);
      if (known) return known;
      const made = await this.workspaces.make(manager, actor, { name: 'Demo (sandbox platforms)', language: 'en', kind: 'demo' });
      for (const userId of await this.users.operators(manager)) await this.members.join(manager, made.id, userId, 'owner');
      return made;
    });
    const caller: Caller = { workspaceId: demo.id, actor, role: 'owner', language: 'en' };
    const [known] = (await this.clients.list(demo.id, { ...everyList, archived: true })).items;
    const client = known ?? (await this.clients.create(caller, NewClient.parse({ name: 'Bar Aurora (demo)', zone: ownZone(), day: { from: '00:00', to: '24:00' } })));
    const { items } = await this.channels.list(demo.id, { ...everyList, archived: true });
    for (const connectorId of demoChannels) {
      if (items.some((channel) => channel.connectorId === connectorId)) continue;
      await this.connecting.connect(caller, { clientId: client.id, connectorId, account: { account: 'bar-aurora', token: 'demo' }, name: `${connectorId.replace('sandbox-', 'Sandbox ')} · bar-aurora` });
    }
    return caller;
  }

  /** One process at a time: each step below is a transaction of its own. */
  private async alone(run: () => Promise<void>): Promise<void> {
    const runner = this.database.createQueryRunner();
    await runner.connect();
    try {
      await runner.query('SELECT pg_advisory_lock($1)', [LOCK]);
      await run();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
      await runner.release();
    }
  }

  private async plan(caller: Caller): Promise<number> {
    const [client] = (await this.clients.list(caller.workspaceId, { ...everyList, archived: false })).items;
    const { items: channels } = await this.channels.list(caller.workspaceId, { ...everyList, archived: false });
    if (!client || channels.length === 0) throw fail('demo-missing');
    const idsOf = (post: DemoPost): string[] => channels.filter((channel) => channel.clientId === client.id && post.on.includes(channel.connectorId)).map(({ id }) => id);
    const wanted = demoPosts.filter((post) => idsOf(post).length > 0);
    for (const post of wanted) {
      await this.posts.create(caller, PostCreate.parse({
        clientId: client.id, channelIds: idsOf(post), content: { parts: post.parts.map((text) => ({ text })) }, choice: 'can-wait', ...this.wallAfter(post.afterMs, client.zone),
      }));
    }
    return wanted.length;
  }

  /** In the hour that an autumn night strikes twice only UTC says which one is meant. */
  private wallAfter(ms: number, zone: string): { wallAt: string; zone: string } {
    const at = Math.ceil((this.clock.now() + ms) / 1000) * 1000;
    const wallAt = wallOf(at, zone);
    const placed = place(wallAt, zone);
    return 'at' in placed && placed.at === at ? { wallAt, zone } : { wallAt: wallOf(at, 'UTC'), zone: 'UTC' };
  }
}

const actor = { kind: 'system', id: 'demo', name: 'Demo' } as const;

/** The zone of this machine, for times that the newcomer can compare with the clock on the wall. */
function ownZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return isZone(timeZone) ? timeZone : 'UTC';
}
