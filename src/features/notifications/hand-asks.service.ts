import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { patience, turnOf } from '../../core/asking.js';
import { type Instant, MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { TakenFact } from '../../infra/facts/fact-takers.js';
import { isAtLeast } from '../../infra/http/admit.js';
import { deskUrl } from '../../infra/http/site.js';
import { Loop } from '../../infra/loop.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { type HandPost, HandPosts, mayBeAskedFor, waitsForHand } from '../posts/hand-posts.service.js';
import { DutiesService, type PersonOnDuty } from './duties.service.js';
import { handLetter } from './hand-letter-text.js';
import { NoticesService } from './notices.service.js';

const everyMs = 10_000;
const perRound = 200;
/** What did not go by then is no news any more, where no limit of the post is sooner. */
const freshMs = 10 * 60 * MINUTE_MS;

interface Ask {
  readonly deliveryId: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly turn: number;
  readonly asked: readonly string[];
  readonly waits: boolean;
}

/** Paused or not approved, nobody is asked; what waits no longer is looked at all the same, to be put away. */
const DUE = `k.next_at <= to_timestamp($1::float8 / 1000) AND k.next_at < 'infinity' AND (NOT ${waitsForHand('d')} OR ${mayBeAskedFor('d')})`;

/** Asks one person after the other to post something by hand, until one says that it is out, or “not now” (DESIGN §8). */
@Injectable()
export class HandAsks implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(HandAsks.name);
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly posts: HandPosts,
    private readonly duties: DutiesService,
    private readonly notices: NoticesService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Asks to post by hand', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Its hour has come, or come again: everybody is asked anew. In the transaction that takes the facts. */
  async follow(manager: EntityManager, facts: readonly TakenFact[]): Promise<void> {
    const ids = facts.flatMap(({ kind, subjectId, payload }) => (kind === 'delivery.held' && subjectId !== null && codeOf(payload) === 'by-hand' ? [subjectId] : []));
    if (ids.length === 0) return;
    await manager.query(
      `INSERT INTO hand_asks AS k (delivery_id, workspace_id, next_at)
       SELECT id, workspace_id, to_timestamp($2::float8 / 1000) FROM deliveries d WHERE id = ANY($1::uuid[]) AND ${waitsForHand('d')} ORDER BY id
       ON CONFLICT (delivery_id) DO UPDATE SET turn = k.turn + 1, asked = '[]', next_at = excluded.next_at`,
      [ids, this.clock.now()],
    );
    this.loop.ring();
  }

  /** Answers how many letters were written. */
  async round(): Promise<number> {
    const now = this.clock.now();
    const due = await this.database.query<Pick<Ask, 'deliveryId' | 'workspaceId'>[]>(
      `SELECT k.delivery_id AS "deliveryId", k.workspace_id AS "workspaceId" FROM hand_asks k JOIN deliveries d ON d.id = k.delivery_id
        WHERE ${DUE} ORDER BY k.next_at, k.delivery_id LIMIT ${perRound}`, [now]);
    let count = 0;
    for (const { deliveryId, workspaceId } of due) {
      // What cannot be asked for keeps nothing else from being asked for.
      count += await this.askNext(deliveryId, workspaceId, now).catch((error: unknown) => {
        this.logger.warn(`Nobody could be asked to post ${deliveryId} by hand; tried again in ${everyMs / 1_000} s: ${String(error)}`);
        return 0;
      });
    }
    return count;
  }

  private async askNext(deliveryId: string, workspaceId: string, now: Instant): Promise<number> {
    const post = await this.posts.read(workspaceId, deliveryId);
    return this.database.transaction(async (manager) => {
      // Also the delivery: whoever says now that it is out comes before the letter or after it, not in between.
      const [ask] = await manager.query<Ask[]>(
        `SELECT k.delivery_id AS "deliveryId", k.workspace_id AS "workspaceId", d.client_id AS "clientId", k.turn, k.asked, ${waitsForHand('d')} AS waits
           FROM hand_asks k JOIN deliveries d ON d.id = k.delivery_id WHERE k.delivery_id = $2 AND ${DUE} FOR NO KEY UPDATE OF k, d SKIP LOCKED`,
        [now, deliveryId],
      );
      if (!ask) return 0; // another process has it
      const order = ask.waits && post ? ((await this.duties.order(manager, { workspaceId, clientIds: [ask.clientId], now })).get(ask.clientId) ?? []) : [];
      const turn = turnOf(ask.asked, order.filter(({ role }) => isAtLeast(role, 'editor'))); // who may only look can say nothing
      await manager.query(`UPDATE hand_asks SET asked = asked || $2::jsonb, next_at = coalesce(to_timestamp($3::float8 / 1000), 'infinity') WHERE delivery_id = $1`, [
        deliveryId, JSON.stringify(turn ? [turn.person.userId] : []), turn ? now + patience.byHandMs : null,
      ]);
      if (!turn || !post) return 0;
      await this.tell(manager, post);
      await this.write(manager, post, { ...turn, turn: ask.turn, now });
      await this.posts.told(manager, deliveryId);
      return 1;
    });
  }

  /** In the app: one notice for each post, unseen again for each who is asked. */
  private async tell(manager: EntityManager, post: HandPost): Promise<void> {
    const { workspaceId, clientId, clientName, channelId, platform, dueAt, zone, id } = post;
    const matter = `by-hand:${id}`;
    const params = { count: 1, clientId, client: clientName, channelId, platform, from: dueAt.toISOString(), zone, deliveryIds: [id], link: this.linkOf(post) };
    await this.notices.tell(manager, [{ workspaceId, kind: 'by-hand', matter, fold: 'never', quiet: true, params }]);
    await this.notices.raise(manager, workspaceId, matter);
  }

  private async write(manager: EntityManager, post: HandPost, { person, silent, isLast, turn, now }: Asking): Promise<void> {
    const [workspace] = await manager.query<{ name: string }[]>('SELECT name FROM workspaces WHERE id = $1', [post.workspaceId]);
    const letter = handLetter({
      ...post, workspace: workspace?.name ?? '', link: this.linkOf(post), linkOfMedium: (mediaId) => this.linkOf(post, `/media/${mediaId}`),
      silent: silent.map(({ name }) => name), minutes: isLast ? null : patience.byHandMs / MINUTE_MS,
    }, person.language);
    const until = Math.min(now + freshMs, post.deadlineAt?.getTime() ?? Infinity);
    await this.outbox.write(manager, [{
      workspaceId: post.workspaceId, once: `by-hand:${post.id}:${turn}:${person.userId}`, about: 'by-hand', to: { name: person.name, address: person.email }, userId: person.userId,
      mail: letter, until: new Date(until),
    }]);
  }

  private linkOf({ workspaceId, id }: Pick<HandPost, 'workspaceId' | 'id'>, rest = ''): string {
    return `${deskUrl(this.config)}/desk/by-hand/${id}${rest}?workspaceId=${workspaceId}`;
  }
}

interface Asking {
  readonly person: PersonOnDuty;
  readonly silent: readonly PersonOnDuty[];
  readonly isLast: boolean;
  readonly turn: number;
  readonly now: Instant;
}

function codeOf(payload: TakenFact['payload']): unknown {
  const reason = payload['reason'];
  return typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : null;
}
