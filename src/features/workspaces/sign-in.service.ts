import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import { isPassword } from './passwords.js';
import { SessionsService } from './sessions.service.js';
import type { SignIn } from './user.schema.js';

const fail = problems({
  'sign-in-wrong': {
    status: 401,
    en: 'E-mail and password do not match. Try again, or ask an owner or the operator for a one-time link.',
    it: 'E-mail e password non corrispondono. Riprova, o chiedi un link monouso a un proprietario o all’operatore.',
  },
  'sign-in-too-often': {
    status: 429,
    en: 'Too many tries. Wait 15 minutes, or ask an owner or the operator for a one-time link.',
    it: 'Troppi tentativi. Attendi 15 minuti, o chiedi un link monouso a un proprietario o all’operatore.',
  },
});

/** Tries within 15 minutes. An office shares one address; a person has few e-mails. */
const mostPerEmail = 10;
const mostPerAddress = 50;

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly password_hash: string | null;
}

/** Signing in by e-mail and password. */
@Injectable()
export class SignInService {
  constructor(
    private readonly database: DataSource,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Opens a session. Says the same, and takes as long, whether the e-mail or the password is wrong.
   * @param from address and browser of the caller
   * @throws DomainError sign-in-wrong (401), sign-in-too-often (429)
   */
  async signIn({ email, password }: SignIn, from: { address: string; agent: string }): Promise<{ session: string; userId: string }> {
    const who = [`email:${email.toLowerCase()}`, `address:${from.address}`] as const;
    await this.countTry(who);
    const rows: UserRow[] = await this.database.query(
      `SELECT id, name, password_hash FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL`, [email]);
    const user = rows[0];
    const right = await isPassword(password, user?.password_hash ?? null);
    if (!user || !right) throw fail('sign-in-wrong');
    return this.database.transaction(async (manager) => {
      await manager.query(`DELETE FROM sign_in_tries WHERE who = $1`, [who[0]]);
      const session = await this.sessions.open(manager, user.id, { by: 'password', agent: from.agent });
      const actor = { kind: 'user', id: user.id, name: user.name } as const;
      await this.audit.record(manager, { workspaceId: null, actor, action: 'user.signed-in', subject: 'user', subjectId: user.id, details: { by: 'password' } });
      return { session, userId: user.id };
    });
  }

  /** Counted in Postgres, for all api processes and over restarts; the try is written first, so that many at once all count. */
  private async countTry([email, address]: readonly [string, string]): Promise<void> {
    await this.database.query(`DELETE FROM sign_in_tries WHERE at < now() - interval '15 minutes'`);
    await this.database.query(`INSERT INTO sign_in_tries (who) VALUES ($1), ($2)`, [email, address]);
    const [count]: { email: number; address: number }[] = await this.database.query(
      `SELECT count(*) FILTER (WHERE who = $1)::int AS email, count(*) FILTER (WHERE who = $2)::int AS address
         FROM sign_in_tries WHERE who IN ($1, $2) AND at > now() - interval '15 minutes'`,
      [email, address],
    );
    if (!count || count.email > mostPerEmail || count.address > mostPerAddress) throw fail('sign-in-too-often', {}, { retryAfterSeconds: 900 });
  }
}
