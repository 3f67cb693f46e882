import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Person } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { MyPhone } from './my-phone.schema.js';
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
  async set({ userId, name }: Person, { phone, callMe }: MyPhone): Promise<MyPhone> {
    if (phone === null && callMe !== 'never') throw fail('phone-needed');
    await this.database.transaction(async (manager) => {
      await manager.query('UPDATE users SET phone = $2, call_me = $3 WHERE id = $1', [userId, phone, callMe]);
      await this.audit.record(manager, { workspaceId: null, actor: { kind: 'user', id: userId, name }, action: 'user.phone-set', subject: 'user', subjectId: userId, details: { callMe, hasPhone: phone !== null } });
    });
    return { phone, callMe };
  }
}
