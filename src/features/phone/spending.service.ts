import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { mayYetGo } from './sms-round-row.js';

export interface ToReserve {
  readonly workspaceId: string;
  readonly clientId: string;
  /** What it will cost, in hundredths of `currency`. */
  readonly minor: number;
  readonly currency: string;
  /** 2031-03, of the client (`monthOf`): hand the same one to `giveBack` and `book`, also when its zone is another one by then. */
  readonly month: string;
}

export interface ToBook extends ToReserve {
  readonly kind: 'sms' | 'voice';
  /** Of the round, of the call. */
  readonly subjectId: string;
  /** Messages, calls; negative = it turns out that it did not go. */
  readonly pieces: number;
}

export interface Budget {
  readonly capMinor: number;
  /** Spent, or on its way. */
  readonly spentMinor: number;
  /** Of the limit, less what is spent and what rounds that are frozen have yet to spend. */
  readonly leftMinor: number;
  /** A limit is set, in this one instead of the one asked for. */
  readonly otherCurrency: string | null;
  /** 2031-03, by the client's clocks. */
  readonly month: string;
}

/** The month of an instant as the clocks of the client `c` show it; `at` is a parameter in ms. */
export const monthOf = (at: string): string => `to_char(to_timestamp(${at}::float8 / 1000) AT TIME ZONE c.zone, 'YYYY-MM')`;

/** Sums of fractions, without what binary ones add. */
const minorOf = (minor: number): number => Math.round(minor * 10_000) / 10_000;

/**
 * What a client's phone may cost. First it is reserved against the month's limit, in the transaction of the intent; then it went and
 * is booked, or it did not and is given back. What was reserved by a process that died counts as spent: it may have gone.
 */
@Injectable()
export class Spending {
  constructor(private readonly database: DataSource) {}

  /** Let it be the last statement of its transaction: until the end nobody else spends this client's money. Without a limit nothing is to be had, not even for nothing. */
  async reserve(manager: EntityManager, { workspaceId, clientId, minor, currency, month }: ToReserve): Promise<'ok' | 'over-cap'> {
    const rows: unknown[] = await manager.query(
      `WITH c AS (
         SELECT c.id, k.cap_minor AS cap FROM clients c JOIN sms_caps k ON k.client_id = c.id AND k.currency = $5 AND k.cap_minor > 0
          WHERE c.workspace_id = $1 AND c.id = $2)
       INSERT INTO sms_spending (client_id, month, currency, minor) SELECT id, $4, $5, $3 FROM c WHERE $3::numeric <= cap
       ON CONFLICT (client_id, month, currency) DO UPDATE SET minor = sms_spending.minor + excluded.minor WHERE sms_spending.minor + excluded.minor <= (SELECT cap FROM c)
       RETURNING month`, [workspaceId, clientId, minor, month, currency]);
    return rows.length > 0 ? 'ok' : 'over-cap';
  }

  /** It did not go. */
  async giveBack(manager: EntityManager, { workspaceId, clientId, minor, currency, month }: ToReserve): Promise<void> {
    await manager.query(
      `UPDATE sms_spending s SET minor = greatest(0, s.minor - $3::numeric) FROM clients c WHERE c.workspace_id = $1 AND c.id = $2 AND s.client_id = c.id AND s.currency = $5 AND s.month = $4`, [workspaceId, clientId, minor, month, currency]);
  }

  /** It went, or may have gone: it stands in the ledger. What was reserved for it stays spent. */
  async book(manager: EntityManager, { workspaceId, clientId, minor, currency, month, kind, subjectId, pieces }: ToBook): Promise<void> {
    await manager.query(
      `INSERT INTO phone_costs (client_id, month, kind, subject_id, workspace_id, minor, currency, pieces)
       SELECT c.id, $4, $6, $7, c.workspace_id, $3, $5, $8 FROM clients c WHERE c.workspace_id = $1 AND c.id = $2
       ON CONFLICT (client_id, month, kind, subject_id) DO UPDATE SET minor = phone_costs.minor + excluded.minor, pieces = phone_costs.pieces + excluded.pieces, at = now()`,
      [workspaceId, clientId, minor, month, currency, kind, subjectId, pieces]);
  }

  /** From here on, until its transaction ends, nobody else takes a round for this client: what one finds left, the other has not taken meanwhile. */
  async hold(manager: EntityManager, clientId: string): Promise<void> {
    await manager.query('SELECT FROM sms_caps WHERE client_id = $1 FOR UPDATE', [clientId]);
  }

  /**
   * @param now which may be to come: its month is asked about, and what rests until then
   * @param currency of the gateway: a limit in another one counts for nothing; null = there is no gateway, so whatever it is in
   * @param except a round whose own cost is not counted
   */
  async budget(workspaceId: string, clientId: string, { currency, now, except = null }: { readonly currency: string | null; readonly now: Instant; readonly except?: string | null }, manager: EntityManager = this.database.manager): Promise<Budget> {
    const [row]: { capMinor: number; spentMinor: number; comingMinor: number; otherCurrency: string | null; month: string }[] = await manager.query(
      `SELECT coalesce(k.cap_minor, 0)::int AS "capMinor", coalesce(s.minor, 0)::float8 AS "spentMinor", ${monthOf('$3')} AS month,
              (SELECT coalesce(sum(r.cost_minor), 0)::float8 FROM sms_rounds b JOIN sms_recipients r ON r.round_id = b.id AND r.state IN ('waiting', 'reserved')
                WHERE b.client_id = c.id AND ${mayYetGo} AND b.currency = coalesce($4, k.currency) AND b.id IS DISTINCT FROM $5::uuid
                  AND to_char(greatest(now(), b.rest_until) AT TIME ZONE c.zone, 'YYYY-MM') >= ${monthOf('$3')}) AS "comingMinor",
              (SELECT o.currency FROM sms_caps o WHERE o.client_id = c.id AND o.cap_minor > 0 AND o.currency <> $4) AS "otherCurrency"
         FROM clients c LEFT JOIN sms_caps k ON k.client_id = c.id AND ($4::text IS NULL OR k.currency = $4)
         LEFT JOIN sms_spending s ON s.client_id = c.id AND s.currency = coalesce($4, k.currency) AND s.month = ${monthOf('$3')}
        WHERE c.workspace_id = $1 AND c.id = $2`, [workspaceId, clientId, now, currency, except]);
    const { capMinor, spentMinor, comingMinor, otherCurrency, month } = row ?? { capMinor: 0, spentMinor: 0, comingMinor: 0, otherCurrency: null, month: '' };
    return { capMinor, spentMinor, otherCurrency, month, leftMinor: Math.max(0, minorOf(capMinor - spentMinor - comingMinor)) };
  }
}
