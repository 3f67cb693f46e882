import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Person } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { MyPhone, PutMyPhone } from './my-phone.schema.js';
import { fail } from './phone-problems.js';

/** Numbers that people entered as their own. */
@Injectable()
export class MyPhones {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  async read(userId: string): Promise<MyPhone> {
    const [row] = await this.database.query<MyPhone[]>('SELECT phone, call_me AS "callMe" FROM users WHERE id = $1', [userId]);
    return row ?? { phone: null, callMe: 'never' };
  }

  /** @throws DomainError phone-needed (422) */
  async set({ userId, name }: Person, { phone, callMe: asked }: PutMyPhone): Promise<MyPhone> {
    if (phone === null && (asked ?? 'never') !== 'never') throw fail('phone-needed');
    return this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[{ callMe: MyPhone['callMe'] }[], number]>(
        `UPDATE users SET phone = $2, call_me = CASE WHEN $2::text IS NULL THEN 'never' ELSE coalesce($3, call_me) END WHERE id = $1 RETURNING call_me AS "callMe"`, [userId, phone, asked ?? null]);
      const callMe = rows[0]?.callMe ?? 'never';
      await this.audit.record(manager, { workspaceId: null, actor: { kind: 'user', id: userId, name }, action: 'user.phone-set', subject: 'user', subjectId: userId, details: { callMe, hasPhone: phone !== null } });
      return { phone, callMe };
    });
  }
}
