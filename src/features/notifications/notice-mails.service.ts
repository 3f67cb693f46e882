import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Language } from '../../infra/http/problem.js';
import { Loop } from '../../infra/loop.js';
import type { Letter } from '../../infra/mail/letter.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { type NoticeParams, noticeText } from './notice-text.js';
import type { NoticeKind } from './notice.schema.js';

const everyMs = 5_000;
const perRound = 500;
/** Before a notice is mailed it gathers what else happens to the same matter. */
const gatherS = 30;

interface Told {
  readonly noticeId: string;
  readonly workspaceId: string;
  readonly workspace: string;
  readonly kind: NoticeKind;
  readonly params: NoticeParams;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly language: Language;
}

/** Writes letters of notices nobody has seen yet to the workspace's owners and managers, each in their own language. */
@Injectable()
export class NoticeMailsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES' | 'PUBLIC_URL'>,
  ) {
    this.loop = new Loop('Letters of notices', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Answers how many letters were written. */
  async round(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const told = await this.take(manager);
      await this.outbox.write(manager, told.map((one) => this.letterOf(one)));
      return told.length;
    });
  }

  /** A row per notice and person. Older ones than six hours are no news. */
  private async take(manager: EntityManager): Promise<readonly Told[]> {
    return manager.query(
      `WITH due AS MATERIALIZED (
           SELECT id FROM notices
            WHERE mailed_at IS NULL AND seen_at IS NULL AND workspace_id IS NOT NULL
              AND created_at < now() - make_interval(secs => $1) AND created_at > now() - interval '6 hours'
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
       ready AS (
         UPDATE notices SET mailed_at = now() WHERE id IN (SELECT id FROM due)
         RETURNING id, workspace_id, kind, params
       )
       SELECT r.id AS "noticeId", r.workspace_id AS "workspaceId", w.name AS workspace, r.kind, r.params, u.id AS "userId", u.name, u.email, u.language
         FROM ready r JOIN workspaces w ON w.id = r.workspace_id
         JOIN members m ON m.workspace_id = r.workspace_id AND m.role IN ('owner', 'manager') JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL`,
      [gatherS, perRound],
    );
  }

  private letterOf({ noticeId, workspaceId, workspace, kind, params, userId, name, email, language }: Told): Letter {
    const { title, text } = noticeText(kind, params, language);
    const place = kind === 'client-notice' && params.incidentId ? `/desk/incidents/${params.incidentId}?workspaceId=${workspaceId}#client-notices` : '';
    const link = this.config.PUBLIC_URL === undefined ? '' : `\n\n${this.config.PUBLIC_URL.replace(/\/+$/, '')}${place}`;
    return {
      workspaceId, once: `notice:${noticeId}:${userId}`, about: 'notice', to: { name, address: email }, userId,
      mail: { subject: `[${workspace}] ${title}`, text: `${title}.\n\n${text}${link}\n` },
    };
  }
}
