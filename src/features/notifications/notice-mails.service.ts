import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Language } from '../../infra/http/problem.js';
import { Loop } from '../../infra/loop.js';
import { type MailResult, Mailer } from '../../infra/mail/mailer.js';
import { Metrics } from '../../infra/metrics.js';
import { type NoticeParams, noticeText } from './notice-text.js';
import type { NoticeKind } from './notice.schema.js';

const everyMs = 5_000;
const perRound = 20;
/** Before a notice is mailed it gathers what else happens to the same matter. */
const gatherS = 30;
/** Seconds after each try that failed; after the last it is given up: the app tells it anyway. */
const waitsS = [60, 300, 900, 3_600, 10_800, 21_600] as const;
const leaseS = 120;
/** By the third try, six minutes later, it is no greylisting any more: somebody must act. */
const alarmTries = 3;

interface Letter {
  readonly noticeId: string;
  readonly userId: string;
  readonly tries: number;
  readonly name: string;
  readonly email: string;
  readonly language: Language;
  readonly workspace: string;
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
}

/** Mails notices nobody has seen yet to the workspace's owners and managers, each in their own language. */
@Injectable()
export class NoticeMailsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(NoticeMailsService.name);
  private readonly loop: Loop;
  private failing = false;

  constructor(
    private readonly database: DataSource,
    private readonly mailer: Mailer,
    private readonly metrics: Metrics,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Mails of notices', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.mailer.isOn && this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Addresses the notices that are ready and sends what is due. Answers how many mails went out. */
  async round(): Promise<number> {
    await this.address();
    const results = await Promise.all((await this.claim()).map((letter) => this.send(letter)));
    return results.filter(Boolean).length;
  }

  /** A row per notice and person. Older ones than six hours are no news: SMTP may have been set up just now. A demo writes to nobody. */
  private async address(): Promise<void> {
    await this.database.query(
      `WITH ready AS (
         UPDATE notices SET mailed_at = now() WHERE id IN (
           SELECT n.id FROM notices n JOIN workspaces w ON w.id = n.workspace_id AND w.kind = 'live'
           WHERE n.mailed_at IS NULL AND n.seen_at IS NULL AND n.created_at < now() - make_interval(secs => $1) AND n.created_at > now() - interval '6 hours'
           ORDER BY n.created_at LIMIT 500 FOR UPDATE OF n SKIP LOCKED)
         RETURNING id, workspace_id
       )
       INSERT INTO notice_mails (notice_id, user_id)
       SELECT r.id, m.user_id FROM ready r JOIN members m ON m.workspace_id = r.workspace_id AND m.role IN ('owner', 'manager')
         JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
       ON CONFLICT DO NOTHING`,
      [gatherS],
    );
  }

  /** next_at is the end of the lease meanwhile. */
  private async claim(): Promise<readonly Letter[]> {
    const [rows]: [Letter[], number] = await this.database.query(
      `UPDATE notice_mails m SET tries = m.tries + 1, next_at = now() + make_interval(secs => $2)
       FROM (SELECT notice_id, user_id FROM notice_mails WHERE state = 'waiting' AND next_at <= now() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due,
            notices n, users u, workspaces w
       WHERE m.notice_id = due.notice_id AND m.user_id = due.user_id AND n.id = m.notice_id AND u.id = m.user_id AND w.id = n.workspace_id
       RETURNING m.notice_id AS "noticeId", m.user_id AS "userId", m.tries, u.name, u.email, u.language, w.name AS workspace, n.kind, n.params`,
      [perRound, leaseS],
    );
    return rows;
  }

  private async send(letter: Letter): Promise<boolean> {
    const { title, text } = noticeText(letter.kind, letter.params, letter.language);
    const link = this.config.PUBLIC_URL === undefined ? '' : `\n\n${this.config.PUBLIC_URL}`;
    const result = await this.mailer.send({
      to: { name: letter.name, address: letter.email },
      subject: `[${letter.workspace}] ${title}`,
      text: `${title}.\n\n${text}${link}\n`,
      id: `${letter.noticeId}.${letter.userId}`,
    });
    await this.record(letter, result);
    return result.kind === 'sent';
  }

  private async record({ noticeId, userId, tries }: Letter, result: MailResult): Promise<void> {
    const afterS = result.kind === 'unavailable' ? (waitsS[tries - 1] ?? null) : null;
    await this.database.query(
      `UPDATE notice_mails SET state = $4, detail = $5, next_at = now() + make_interval(secs => $6), sent_at = CASE WHEN $4 = 'sent' THEN now() END
       WHERE notice_id = $1 AND user_id = $2 AND tries = $3 AND state = 'waiting'`,
      [noticeId, userId, tries, result.kind === 'sent' ? 'sent' : afterS === null ? 'failed' : 'waiting', result.kind === 'sent' ? null : result.detail, afterS ?? 0],
    );
    this.metrics.mails.inc({ result: result.kind === 'sent' ? 'sent' : 'failed' });
    if (result.kind === 'unavailable' && tries >= alarmTries && !this.failing) this.logger.error(`Mail cannot be sent, check SMTP_URL and the server there: ${result.detail}`);
    if (result.kind === 'refused') this.logger.warn(`A member's address was refused by the mail server: ${result.detail}`);
    if (result.kind === 'sent' && this.failing) this.logger.log('Mail can be sent again.');
    this.failing = result.kind === 'unavailable' && (this.failing || tries >= alarmTries);
  }
}
