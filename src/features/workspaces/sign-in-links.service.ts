import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import { problems } from '../../infra/http/problem.js';
import { deskUrl } from '../../infra/http/site.js';
import { AuditService } from './audit.service.js';
import { SessionsService } from './sessions.service.js';
import { hashToken, makeToken } from './tokens.js';

const fail = problems({
  'link-spent': {
    status: 410,
    en: 'This link was used already, has run out, or never was. Ask whoever sent it for a new one, or sign in with your password.',
    it: 'Questo link è già stato usato, è scaduto o non è mai esistito. Chiedine uno nuovo a chi te l’ha inviato, o accedi con la password.',
  },
});

/** For signing in now; an invitation has to wait for somebody to read their mail. */
const minutes = { 'sign-in': 15, invitation: 72 * 60 } as const;

/** One-time links that sign a person in. Opening one changes nothing (it only asks); using it is a POST. */
@Injectable()
export class SignInLinksService {
  constructor(
    private readonly database: DataSource,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The full address, to be shown once: the database keeps only a hash of it. */
  async make(manager: EntityManager, userId: string, purpose: keyof typeof minutes): Promise<string> {
    const token = makeToken();
    await manager.query(`INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(mins => $3))`, [
      hashToken(token), userId, minutes[purpose],
    ]);
    await manager.query(`DELETE FROM sign_in_links WHERE expires_at < now() - interval '30 days' AND used_at IS NULL`);
    return `${deskUrl(this.config)}/sign-in/${token}`;
  }

  /** Whom a link would sign in; null if it is spent. */
  async peek(token: string): Promise<{ name: string; email: string } | null> {
    const rows: { name: string; email: string }[] = await this.database.query(
      `SELECT u.name, u.email FROM sign_in_links l JOIN users u ON u.id = l.user_id AND u.disabled_at IS NULL
        WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > now()`,
      [hashToken(token)],
    );
    return rows[0] ?? null;
  }

  /**
   * Spends the link and opens a session. Of two who click at once one gets in.
   * @throws DomainError link-spent (410)
   */
  async use(token: string, agent: string): Promise<{ session: string; userId: string }> {
    return this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[{ user_id: string; name: string }[], number]>(
        `UPDATE sign_in_links l SET used_at = now() FROM users u
          WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > now() AND u.id = l.user_id AND u.disabled_at IS NULL
        RETURNING l.user_id, u.name`,
        [hashToken(token)],
      );
      const [row] = rows;
      if (!row) throw fail('link-spent');
      const session = await this.sessions.open(manager, row.user_id, { by: 'link', agent });
      const actor = { kind: 'user', id: row.user_id, name: row.name } as const;
      await this.audit.record(manager, { workspaceId: null, actor, action: 'user.signed-in', subject: 'user', subjectId: row.user_id, details: { by: 'link' } });
      return { session, userId: row.user_id };
    });
  }
}
