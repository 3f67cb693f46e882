import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Language } from '../../infra/http/problem.js';
import { siteLink } from '../../infra/http/site.js';
import { Loop } from '../../infra/loop.js';
import type { Letter } from '../../infra/mail/letter.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { alreadyLetter, confirmationLetter } from './confirmation-letter.js';
import { mayWriteOutside } from './may-write.js';

/** Who does not answer is forgotten after so many days. */
export const PENDING_DAYS = 30;
/** The same person is asked again after this, and so often; then only after a day. */
const again = { minutes: 15, times: 3 };
/** A flood of sign-ups, or an import, keeps no letter of an outage waiting: beyond so many on their way the rest comes by rounds. */
const mostWaiting = 100;
const everyMs = 5_000;

interface ToAsk {
  readonly subscriberId: string;
  readonly listId: string;
  readonly workspaceId: string;
  readonly state: 'pending' | 'confirmed';
  readonly address: string;
  readonly name: string;
  readonly language: Language;
  readonly token: string;
  readonly confirmToken: string | null;
  readonly asks: number;
  readonly askedAt: Date;
  readonly list: string;
  readonly consentText: string;
  readonly brand: string;
  readonly replyTo: string | null;
}

/** Letters that ask whether it was really them. Phone numbers are not asked by letter. */
@Injectable()
export class ConfirmationLetters implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Letters to people who signed up', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Whether a letter may go to people outside from this workspace; a demo's goes nowhere. */
  async mayAsk(manager: EntityManager, workspaceId: string): Promise<boolean> {
    if (mayWriteOutside(this.config, this.config.SMTP_URL)) return true;
    const [workspace] = await manager.query<{ kind: string }[]>('SELECT kind FROM workspaces WHERE id = $1', [workspaceId]);
    return workspace?.kind === 'demo';
  }

  /**
   * Writes to somebody who signed up, in the transaction that writes them down: pending, the question; already on the list, that
   * they are. Not again within a quarter of an hour, and not more than three times a day. While many wait, a round does it.
   */
  async ask(manager: EntityManager, subscriberId: string, listId: string): Promise<void> {
    if ((await this.outbox.waiting(manager, 'sign-up')) >= mostWaiting) return;
    await this.write(manager, await this.take(manager, `s.subscriber_id = $1 AND s.list_id = $2`, [subscriberId, listId]));
  }

  /** Those nobody was asked about yet, e.g. imported ones. Answers how many letters were written. */
  async round(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const free = mostWaiting - (await this.outbox.waiting(manager, 'sign-up'));
      if (free <= 0) return 0;
      const isOutsideAllowed = mayWriteOutside(this.config, this.config.SMTP_URL);
      const due = `(s.subscriber_id, s.list_id) IN (WITH due AS MATERIALIZED (
        SELECT d.subscriber_id, d.list_id FROM subscriptions d JOIN lists dl ON dl.id = d.list_id AND dl.kind = 'email' AND dl.archived_at IS NULL
          JOIN workspaces w ON w.id = d.workspace_id AND ($1 OR w.kind = 'demo')
         WHERE d.state = 'pending' AND d.asked_at IS NULL ORDER BY d.consent_at LIMIT $2 FOR UPDATE OF d SKIP LOCKED) SELECT * FROM due)`;
      const asked = await this.take(manager, due, [isOutsideAllowed, free]);
      await this.write(manager, asked);
      return asked.length;
    });
  }

  private async take(manager: EntityManager, which: string, params: readonly unknown[]): Promise<readonly ToAsk[]> {
    const [rows] = await manager.query<[ToAsk[], number]>(
      `UPDATE subscriptions s SET asked_at = now(), asks = CASE WHEN s.asked_at < now() - interval '1 day' THEN 1 ELSE s.asks + 1 END
         FROM subscribers p, lists l, clients c
        WHERE ${which} AND p.id = s.subscriber_id AND l.id = s.list_id AND c.id = l.client_id AND l.kind = 'email' AND s.state IN ('pending', 'confirmed') AND p.erased_at IS NULL
          AND (s.asked_at IS NULL OR s.asked_at < now() - interval '1 day' OR (s.asked_at < now() - interval '${again.minutes} minutes' AND s.asks < ${again.times}))
       RETURNING s.subscriber_id AS "subscriberId", s.list_id AS "listId", s.workspace_id AS "workspaceId", s.state, p.address, p.name, p.language, p.token,
         s.confirm_token AS "confirmToken", s.asks, s.asked_at AS "askedAt", l.name AS list, l.consent_text AS "consentText", c.name AS brand, c.contacts->'emails'->>0 AS "replyTo"`,
      [...params],
    );
    return rows;
  }

  private async write(manager: EntityManager, asked: readonly ToAsk[]): Promise<void> {
    await this.outbox.write(manager, asked.map((one) => this.letterOf(one)));
  }

  private letterOf({ subscriberId, listId, workspaceId, state, address, name, token, confirmToken, askedAt, ...said }: ToAsk): Letter {
    const isPending = state === 'pending' && confirmToken !== null;
    const terms = { ...said, days: PENDING_DAYS, link: siteLink(this.config, isPending ? `/confirm/${confirmToken}` : `/p/${token}`) };
    return {
      workspaceId, once: `sign-up:${subscriberId}:${listId}:${askedAt.getTime()}`, about: 'sign-up', to: { name, address },
      mail: isPending ? confirmationLetter(terms) : alreadyLetter(terms),
    };
  }
}
