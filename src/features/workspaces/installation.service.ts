import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../infra/http/access.js';
import { problems, type Language } from '../../infra/http/problem.js';
import { armInstallation, pauseInstallation, pauseSentence, readInstallation } from '../../infra/installation.js';
import { AuditService } from './audit.service.js';
import type { InstallationState } from './workspace.schema.js';

const fail = problems({
  'installation-not-paused': { status: 409, en: 'Postern is not paused: there is nothing to arm.', it: 'Postern non è in pausa: non c’è nulla da riattivare.' },
});

/** The installation as a whole: paused after a restore or a copy, or by its operator, until it is armed (DESIGN §6.8). */
@Injectable()
export class InstallationService {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  async read(language: Language): Promise<InstallationState> {
    const installation = await readInstallation(this.database);
    if (!installation) return { id: '', paused: null };
    const { id, paused } = installation;
    return { id, paused: paused && { at: paused.at.toISOString(), reason: paused.reason, sentence: pauseSentence(paused.reason)[language] } };
  }

  async pause(actor: Actor): Promise<void> {
    await this.database.transaction(async (manager) => {
      await pauseInstallation(manager, 'operator');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'installation.paused', subject: 'installation', subjectId: 'installation' });
    });
  }

  /** @throws DomainError installation-not-paused (409) */
  async arm(actor: Actor): Promise<void> {
    await this.database.transaction(async (manager) => {
      if (!(await armInstallation(manager))) throw fail('installation-not-paused');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'installation.armed', subject: 'installation', subjectId: 'installation' });
    });
  }
}
