import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import { siteLink } from '../../infra/http/site.js';
import { fail } from './audience-problems.js';
import { mayWriteOutside } from './may-write.js';
import { confirmedCount, mayGet, type Narrowed, reachableCount, reachableSql, type Statement, type Who } from './reachable-sql.js';
import { SegmentRule } from './segment.schema.js';
import { type NewSuppression, SuppressionRows } from './suppression-rows.service.js';

/** How a list stands, as the outlet behind it asks. */
export interface ListReadiness {
  readonly name: string;
  readonly kind: 'email' | 'phone';
  readonly clientId: string;
  readonly confirmed: number;
  /** Confirmed, and nothing stands against writing to them. */
  readonly reachable: number;
  /** The consent text covers what goes out here because a platform is down. */
  readonly coversFallback: boolean;
}

/** That this subscriber may still be written to for one of these lists; without lists for any of their brand. For the statement that says they are written to now. */
export const mayStillGetSql = (subscriber: string, lists: string): string => `EXISTS (SELECT FROM subscribers p JOIN subscriptions s ON s.subscriber_id = p.id
  WHERE p.id = ${subscriber} AND (${lists} IS NULL OR s.list_id = ANY(${lists})) AND ${mayGet})`;

/** The front door for rooms that send: who may be written to, asked when an audience is frozen and again at each send. */
@Injectable()
export class AudienceService {
  constructor(
    private readonly database: DataSource,
    private readonly suppressions: SuppressionRows,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * A SELECT of who may be written to: subscriber_id, address, address_key, name, language, token, list_id (one of the lists they
   * are on). One row per person, however many of the lists. For `INSERT INTO … SELECT … FROM (sql) AS who`.
   * @param firstParam the number of its first placeholder, where the statement around it has its own before
   * @throws DomainError segment-unknown (404) when the segment is of none of the lists
   */
  async reachable(manager: EntityManager, who: Who, firstParam = 1): Promise<Statement> {
    return reachableSql(who, await this.narrowed(manager, who), firstParam);
  }

  /** How many `reachable` gives. */
  async count(manager: EntityManager, who: Who): Promise<number> {
    const { sql, params } = await this.reachable(manager, who);
    const [row] = await manager.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM (${sql}) AS who`, [...params]);
    return row?.count ?? 0;
  }

  /**
   * Who of these may still be written to: asked again right before each send.
   * @param listIds what they are written to for; left out, any list of their brand does
   */
  async mayStillGet(subscriberIds: readonly string[], listIds: readonly string[] | null = null, manager: EntityManager = this.database.manager): Promise<ReadonlySet<string>> {
    if (subscriberIds.length === 0) return new Set();
    const rows = await manager.query<{ id: string }[]>(
      `SELECT w.id FROM unnest($1::uuid[]) AS w (id) WHERE ${mayStillGetSql('w.id', '$2::uuid[]')}`,
      [subscriberIds, listIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Nothing goes to this address from now on. @returns the suppression's id */
  suppress(manager: EntityManager, suppression: NewSuppression): Promise<string> {
    return this.suppressions.add(manager, suppression);
  }

  /** They answered START: this number may be written to again, as far as its subscriptions go. @returns false when it had not answered STOP */
  liftStop(manager: EntityManager, workspaceId: string, addressKey: string): Promise<boolean> {
    return this.suppressions.liftStop(manager, workspaceId, addressKey);
  }

  /** null = there is no such list, or it was put away. */
  async readinessOfList(workspaceId: string, listId: string, manager: EntityManager = this.database.manager): Promise<ListReadiness | null> {
    const [row] = await manager.query<ListReadiness[]>(
      `SELECT l.name, l.kind, l.client_id AS "clientId", l.covers_fallback AS "coversFallback",
              ${confirmedCount} AS confirmed, ${reachableCount} AS reachable
         FROM lists l WHERE l.workspace_id = $1 AND l.id = $2 AND l.archived_at IS NULL`,
      [workspaceId, listId],
    );
    return row ?? null;
  }

  /** Whether mail by this server may go to people outside at all; undefined = it is caught. */
  mayWriteOutside(smtpUrl: string | undefined): boolean {
    return mayWriteOutside(this.config, smtpUrl);
  }

  /**
   * For List-Unsubscribe (RFC 8058: a POST acts at once) and for the foot of a mail (opening it changes nothing).
   * @param listId of this list alone; left out, of everything this brand sends
   */
  unsubscribeLink(token: string, listId?: string): string {
    return siteLink(this.config, listId === undefined ? `/u/${token}` : `/u/${token}/${listId}`);
  }

  /** As long as `unsubscribeLink` of any of a client's telephone numbers: an SMS is reckoned by the longest. */
  async longestPhoneLink(manager: EntityManager, clientId: string): Promise<string> {
    const [row] = await manager.query<{ longest: number | null }[]>(`SELECT max(length(token)) AS longest FROM subscribers WHERE client_id = $1 AND kind = 'phone'`, [clientId]);
    return this.unsubscribeLink('x'.repeat(row?.longest ?? 32));
  }

  /** Where they choose lists and language, or are erased. */
  preferencesLink(token: string): string {
    return siteLink(this.config, `/p/${token}`);
  }

  private async narrowed(manager: EntityManager, { workspaceId, listIds, segmentId }: Who): Promise<Narrowed | null> {
    if (segmentId === undefined || segmentId === null) return null;
    const [row] = await manager.query<{ listId: string; rule: unknown }[]>(
      'SELECT list_id AS "listId", rule FROM segments WHERE workspace_id = $1 AND id = $2 AND list_id = ANY($3::uuid[])',
      [workspaceId, segmentId, listIds],
    );
    if (!row) throw fail('segment-unknown');
    return { listId: row.listId, rule: SegmentRule.parse(row.rule) };
  }
}
