import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type Carriable, CarriedDeliveries } from '../posts/carried.service.js';
import { BROADCAST_COLUMNS, type BroadcastRow } from './broadcast-row.js';
import { newToken } from './drafts.service.js';
import { type Frozen, FrozenRows } from './frozen-rows.service.js';
import { draftOf } from './issue-source.js';
import { Issues, type Made, type Said } from './issues.service.js';

/** The mail that carries the others, as it was just frozen with its own words. */
export interface Carrier {
  readonly said: Said;
  readonly partId: string;
  /** When its own post was due on its platform, ms. */
  readonly plannedAt: number;
  /** What the others have in common with it. */
  readonly frozen: Pick<Frozen, 'channelId' | 'listIds' | 'segmentId' | 'language' | 'deadlineAt'>;
  readonly people: number;
}

interface Carried {
  readonly said: Said;
  readonly plannedAt: number;
}

/** Gmail cuts a mail off after 102 kB; as of one post (the connector's limits.ts). */
const textAtMost = 20_000;
const preheaderAtMost = 200;

/** One mail for all that a brand sends elsewhere on a day: who waits on the same channel as the first leaves in its mail (DESIGN §8). */
@Injectable()
export class Carrying {
  constructor(
    private readonly deliveries: CarriedDeliveries,
    private readonly issues: Issues,
    private readonly rows: FrozenRows,
  ) {}

  /**
   * Puts them in, each as a person approved it, in the order their posts were due. Who is not approved as it is, wants another
   * template, is too long for one mail, or reached one of these people already stays out, and asks for itself.
   */
  async together(manager: EntityManager, carrier: Carrier): Promise<void> {
    const { said } = carrier;
    const carried: Carried[] = [{ said, plannedAt: carrier.plannedAt }];
    let letters = said.content.text.length;
    for (const one of await this.deliveries.waiting(manager, { workspaceId: said.workspaceId, channelId: carrier.frozen.channelId, partId: carrier.partId })) {
      const approved = await this.approved(manager, one, carrier);
      if (!approved || letters + approved.said.content.text.length > textAtMost) continue;
      if (!(await this.takeOne(manager, carrier, { one, ...approved }))) continue;
      carried.push({ said: approved.said, plannedAt: one.plannedAt });
      letters += approved.said.content.text.length;
    }
    const [first, ...others] = carried.toSorted((a, b) => a.plannedAt - b.plannedAt).map((one) => one.said);
    if (!first || others.length === 0) return;
    const mail: Said = { ...said, subject: first.subject, preheader: first.preheader || others.map(({ subject }) => subject).join(' · ').slice(0, preheaderAtMost) };
    const { rendered } = await this.issues.make(manager, mail, [first, ...others]);
    if ('faults' in rendered) throw new Error(`The mail ${said.id} compiled alone and does not with others in it: ${JSON.stringify(rendered.faults)}`);
    await this.rows.say(manager, mail, rendered);
  }

  /** What a person drafted out of it, or wrote or approved for the channel, if that stands as it is. */
  private async approved(manager: EntityManager, one: Carriable, { said: { templateId } }: Carrier): Promise<{ readonly said: Said; readonly made: Made } | null> {
    const [known]: BroadcastRow[] = await manager.query(`SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND b.post_id = $2 AND b.channel_id = $3 FOR UPDATE`, [one.workspaceId, one.postId, one.channelId]);
    if (known && (known.partKey !== null || known.state === 'stopped')) return null;
    const pageLink = await this.issues.pageOf(manager, one);
    const said: Said = { ...(known ?? { id: uuid(), workspaceId: one.workspaceId, clientId: one.clientId, ...draftOf([one.content]), webToken: newToken() }), pageLink };
    if (said.templateId !== templateId) return null; // looked through in another frame
    const made = await this.issues.make(manager, said);
    return (known ? known.approvedHash === made.hash : one.isWritten) ? { said, made } : null;
  }

  /** All of it or nothing: whoever gets the mail gets this post for the first time. */
  private async takeOne(manager: EntityManager, { said, frozen, people }: Carrier, { one, ...own }: { readonly one: Carriable; readonly said: Said; readonly made: Made }): Promise<boolean> {
    const { rendered, hash } = own.made;
    if ('faults' in rendered) return false;
    await manager.query('SAVEPOINT carried');
    const isOut = (await this.deliveries.take(manager, one, { remoteId: own.said.id, url: this.issues.webUrl(own.said.webToken) })) && (await this.reach(manager, { id: said.id, postId: one.postId })) === people;
    if (!isOut) {
      await manager.query('ROLLBACK TO SAVEPOINT carried');
      return false;
    }
    await this.rows.write(manager, { ...frozen, said: own.said, postId: one.postId, key: one.key, purpose: 'fallback', rendered, hash, author: one.author, joinedTo: said.id, carried: true });
    await manager.query('RELEASE SAVEPOINT carried');
    return true;
  }

  /** @returns how many of the mail's recipients have not had this post */
  private async reach(manager: EntityManager, { id, postId }: { readonly id: string; readonly postId: string }): Promise<number> {
    const [row]: { people: number }[] = await manager.query(
      `WITH claimed AS (
         INSERT INTO reached (client_id, post_id, address_key) SELECT b.client_id, $2::uuid, r.address_key FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.id = $1 ORDER BY r.address_key
         ON CONFLICT DO NOTHING RETURNING 1)
       SELECT count(*)::int AS people FROM claimed`, [id, postId]);
    return row?.people ?? 0;
  }
}
