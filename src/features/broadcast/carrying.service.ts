import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import { type Carriable, CarriedDeliveries } from '../posts/carried.service.js';
import { BROADCAST_COLUMNS, type BroadcastRow } from './broadcast-row.js';
import { type Frozen, FrozenRows } from './frozen-rows.service.js';
import type { Rendered } from './issue.js';
import { Issues, type Said } from './issues.service.js';
import { ofShare, Takings } from './takings.service.js';
import { isAnew, wordsOf } from './words.js';

/** The mail that carries the others, as it was just frozen with its own words. */
export interface Carrier {
  readonly said: Said;
  readonly partId: string;
  /** When its own post was due on its platform, ms. */
  readonly plannedAt: number;
  /** What the others have in common with it. */
  readonly frozen: Pick<Frozen, 'channelId' | 'listIds' | 'segmentId' | 'language' | 'deadlineAt'>;
  /** People of each of its shares. */
  readonly shares: readonly number[];
}

/** What one of the others says, as somebody approved it. */
interface Approved {
  readonly one: Carriable;
  readonly said: Said;
  readonly rendered: Rendered;
  readonly hash: string;
  /** Of the newsletter drafted out of it; null = none is. */
  readonly draft: number | null;
}

/** Gmail cuts a mail off after 102 kB; as of one post (the connector's limits.ts). */
const textAtMost = 20_000;
const preheaderAtMost = 200;
/** The mail has five minutes: what a long list leaves no time for asks for itself. */
const TIME_MS = 60_000;

/** One mail for all that a brand sends elsewhere on a day: who waits on the same channel as the first leaves in its mail (DESIGN §8). */
@Injectable()
export class Carrying {
  private readonly logger = new Logger('newsletter');

  constructor(
    private readonly deliveries: CarriedDeliveries,
    private readonly issues: Issues,
    private readonly rows: FrozenRows,
    private readonly takings: Takings,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts them in, each as a person approved it, in the order their posts were due. Who is not approved as it is, wants another
   * template, is too long for one mail, reached one of these people already, or changes meanwhile stays out, and asks for itself.
   */
  async together(manager: EntityManager, carrier: Carrier): Promise<void> {
    const { said } = carrier;
    await manager.query('SAVEPOINT together');
    const carried = await this.taken(manager, carrier);
    if (carried.length === 0) return;
    const [first, ...others] = [{ said, plannedAt: carrier.plannedAt }, ...carried.map((own) => ({ said: own.said, plannedAt: own.one.plannedAt }))].toSorted((a, b) => a.plannedAt - b.plannedAt).map((own) => own.said);
    if (!first) return;
    const mail: Said = { ...said, subject: first.subject, preheader: [first.preheader, ...others.map(({ subject }) => subject)].filter((line) => line !== '').join(' · ').slice(0, preheaderAtMost) };
    const { rendered } = await this.issues.make(manager, mail, [first, ...others]);
    if ('faults' in rendered) {
      this.logger.warn(`The mail ${said.id} goes alone: it compiles so, and not with ${carried.length} others in it: ${JSON.stringify(rendered.faults)}`);
      await manager.query('ROLLBACK TO SAVEPOINT together');
      return;
    }
    await this.rows.say(manager, mail, rendered);
  }

  /** Composed and claimed for its people first, which takes its time and holds nothing anybody waits for; locked at the end, as they are then. */
  private async taken(manager: EntityManager, carrier: Carrier): Promise<readonly Approved[]> {
    const ready = await this.ready(manager, carrier);
    if (ready.length === 0) return [];
    const same = await this.deliveries.lock(manager, ready.map(({ one }) => one));
    const taken: Approved[] = [];
    for (const own of ready) {
      if (same.has(own.one.id) && (await this.whole(manager, own, () => this.take(manager, carrier, own)))) taken.push(own);
      else await this.letGo(manager, carrier, own.one.postId);
    }
    return taken;
  }

  private async ready(manager: EntityManager, carrier: Carrier): Promise<readonly Approved[]> {
    const { said: { workspaceId, content }, frozen: { channelId }, partId } = carrier;
    const spentMs = this.clock.startAge();
    const isLate = (): boolean => spentMs() > TIME_MS;
    const ready: Approved[] = [];
    let letters = content.text.length;
    for (const one of await this.deliveries.waiting(manager, { workspaceId, channelId, partId })) {
      if (isLate()) break;
      const own = await this.approved(manager, one, carrier);
      if (!own || letters + own.said.content.text.length > textAtMost) continue;
      if (!(await this.whole(manager, own, () => this.reach(manager, carrier, { postId: one.postId, isLate })))) continue;
      ready.push(own);
      letters += own.said.content.text.length;
    }
    return ready;
  }

  /** What a person drafted out of it, or wrote or approved for the channel, if that stands as it is. */
  private async approved(manager: EntityManager, one: Carriable, { said: { templateId } }: Carrier): Promise<Approved | null> {
    const known = await this.draft(manager, one);
    if (known && (known.partKey !== null || known.state === 'stopped') && !isAnew(known, one.key)) return null;
    const pageLink = await this.issues.pageOf(manager, one);
    const { workspaceId, clientId, channelId, partId, arming, content } = one;
    const words = wordsOf(known, { workspaceId, clientId, channelId, partId, arming, content, isApproved: one.isWritten });
    const said = { ...words.said, pageLink };
    if (said.templateId !== templateId) return null; // looked through in another frame
    const { rendered, hash } = await this.issues.make(manager, said);
    if ('faults' in rendered) return null;
    return words.isApproved(hash) ? { one, said, rendered, hash, draft: known?.version ?? null } : null;
  }

  private async draft(manager: EntityManager, { workspaceId, postId, channelId }: Carriable, lock: '' | 'FOR UPDATE' = ''): Promise<BroadcastRow | undefined> {
    const [row]: BroadcastRow[] = await manager.query(`SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND b.post_id = $2 AND b.channel_id = $3 ${lock}`, [workspaceId, postId, channelId]);
    return row;
  }

  /** What was drafted out of it may have changed as well. */
  private async take(manager: EntityManager, { said, frozen }: Carrier, { one, draft, ...own }: Approved): Promise<boolean> {
    const now = await this.draft(manager, one, 'FOR UPDATE');
    if ((now?.version ?? null) !== draft) return false;
    if (!(await this.deliveries.take(manager, one, { remoteId: own.said.id, url: this.issues.webUrl(own.said.webToken) }))) return false;
    await this.rows.write(manager, { ...frozen, ...own, postId: one.postId, key: one.key, purpose: 'fallback', author: one.author, joinedTo: said.id, carried: true });
    return true;
  }

  /** All of it or nothing, and what goes wrong with one costs the others nothing. */
  private async whole(manager: EntityManager, { one }: Approved, work: () => Promise<boolean>): Promise<boolean> {
    await manager.query('SAVEPOINT carried');
    const isDone = await work().catch((error: unknown) => {
      this.logger.warn(`Delivery ${one.id} asks for a mail of its own: ${String(error)}`);
      return false;
    });
    await manager.query(isDone ? 'RELEASE SAVEPOINT carried' : 'ROLLBACK TO SAVEPOINT carried');
    return isDone;
  }

  /** In the mail's own shares. @returns false = one of its recipients has had this post, or another newsletter takes it just now */
  private async reach(manager: EntityManager, { said, shares }: Carrier, { postId, isLate }: { readonly postId: string; readonly isLate: () => boolean }): Promise<boolean> {
    if (!(await this.takings.alone(manager, postId))) return false;
    for (const [nr, people] of shares.entries()) {
      const [row]: { people: number }[] = await manager.query(
        `WITH claimed AS (
           INSERT INTO reached (client_id, post_id, address_key) SELECT $2::uuid, $3::uuid, r.address_key FROM recipients r WHERE r.broadcast_id = $1 AND ${ofShare('$4', '$5')} ORDER BY r.address_key
           ON CONFLICT DO NOTHING RETURNING 1)
         SELECT count(*)::int AS people FROM claimed`, [said.id, said.clientId, postId, shares.length - 1, nr]);
      if (row?.people !== people || isLate()) return false;
    }
    return true;
  }

  /** Nobody has it by this mail after all: it claimed all of its recipients. */
  private async letGo(manager: EntityManager, { said, shares }: Carrier, postId: string): Promise<void> {
    for (const nr of shares.keys()) {
      await manager.query(
        `DELETE FROM reached h USING recipients r WHERE r.broadcast_id = $1 AND ${ofShare('$4', '$5')} AND h.client_id = $2 AND h.post_id = $3 AND h.address_key = r.address_key`,
        [said.id, said.clientId, postId, shares.length - 1, nr]);
    }
  }
}
