import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock.js';
import { scrubDeep } from '../scrub.js';
import { Seal } from '../seal.js';

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface IdempotencyKey {
  /** The workspace, or the person where a request needs no workspace. */
  readonly scopeId: string;
  /** With the caller in it: one caller's keys are not another's, though they share the workspace. */
  readonly key: string;
}

export type Claim =
  | { readonly kind: 'first' }
  | { readonly kind: 'replay'; readonly answer: StoredAnswer }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'on-its-way' }
  /** Its process died, could not write its answer, or failed on the way: nobody knows how far it came. */
  | { readonly kind: 'cut-off' };

interface Row {
  readonly request_hash: Buffer;
  readonly status: number | null;
  readonly body: unknown;
  readonly stale: boolean;
}

const sweepEveryMs = 600_000;
/** In the place of a status, which no answer has. */
const CUT_OFF = 0;

/** Remembers the first answer to each Idempotency-Key for 24 hours. */
@Injectable()
export class IdempotencyKeys {
  private sweptAt = 0;

  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly seal: Seal,
  ) {}

  /**
   * Takes the key for this request, or tells what became of the request that took it. One statement decides.
   * @param asked what tells one request from another, as `sameness` says it; only a fingerprint of it is kept
   */
  async claim({ scopeId, key }: IdempotencyKey, asked: string): Promise<Claim> {
    await this.sweep();
    const hash = this.seal.fingerprint(asked);
    const taken: unknown[] = await this.database.query(
      `INSERT INTO idempotency_keys (scope_id, key, request_hash) VALUES ($1, $2, $3)
       ON CONFLICT (scope_id, key) DO UPDATE SET request_hash = $3, status = NULL, body = NULL, created_at = now()
         WHERE idempotency_keys.created_at < now() - interval '24 hours'
       RETURNING 1 AS taken`,
      [scopeId, key, hash],
    );
    if (taken.length > 0) return { kind: 'first' };
    const [row]: Row[] = await this.database.query(
      `SELECT request_hash, status, body, created_at < now() - interval '2 minutes' AS stale
         FROM idempotency_keys WHERE scope_id = $1 AND key = $2`,
      [scopeId, key],
    );
    if (!row) return { kind: 'on-its-way' }; // let go this very moment
    if (!row.request_hash.equals(hash)) return { kind: 'other-request' };
    if (row.status === CUT_OFF) return { kind: 'cut-off' };
    if (row.status !== null) return { kind: 'replay', answer: { status: row.status, body: row.body } };
    return { kind: row.stale ? 'cut-off' : 'on-its-way' };
  }

  /** What is sealed or shown only once is struck out: the repeat of such a request does not show it again. */
  async store({ scopeId, key }: IdempotencyKey, { status, body }: StoredAnswer): Promise<void> {
    await this.database.query(`UPDATE idempotency_keys SET status = $3, body = $4 WHERE scope_id = $1 AND key = $2`, [
      scopeId, key, status, body === undefined ? null : JSON.stringify(scrubDeep(body)),
    ]);
  }

  /** It failed after its work began: every repeat is told to look, at once. A key this cannot be written of is "cut off" in a while. */
  async cutOff({ scopeId, key }: IdempotencyKey): Promise<void> {
    await this.database.query(`UPDATE idempotency_keys SET status = ${CUT_OFF}, body = NULL WHERE scope_id = $1 AND key = $2`, [scopeId, key]);
  }

  /** Forgets a request that took no effect: the same key may try again. */
  async letGo({ scopeId, key }: IdempotencyKey): Promise<void> {
    await this.database.query(`DELETE FROM idempotency_keys WHERE scope_id = $1 AND key = $2 AND status IS NULL`, [scopeId, key]);
  }

  private async sweep(): Promise<void> {
    if (this.clock.now() - this.sweptAt < sweepEveryMs) return;
    this.sweptAt = this.clock.now();
    await this.database.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`);
  }
}

/** What was asked: method, address and body, whatever the order of its members. Two that say the same are the same request. */
export function sameness(method: string, url: string, body: unknown): string {
  return JSON.stringify([method, url, sorted(body)]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
