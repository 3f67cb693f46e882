import { Injectable } from '@nestjs/common';
import type { Caller } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import { problems } from '../../infra/http/problem.js';
import type { ClientNotice } from '../notifications/client-notice.schema.js';
import { ClientNoticesService } from '../notifications/client-notices.service.js';
import type { ClientNoticeAct } from './incident-act.schema.js';

const fail = problems({
  'desk-managers-only': { status: 403, en: 'What is told to clients, managers decide. Ask one of them.', it: 'Che cosa si dice ai clienti lo decidono i gestori. Chiedi a uno di loro.' },
  'desk-no-notice': { status: 404, en: 'This notice is not one of this incident. Look at the list again.', it: 'Questo avviso non fa parte di questo incidente. Guarda di nuovo l’elenco.' },
});

/** A page's worth; decide on some, and the next are shown. */
const atMost = 100;

/** The yes or no to what clients are told, on the incident's page. */
@Injectable()
export class ClientNoticeDesk {
  constructor(private readonly notices: ClientNoticesService) {}

  /** Those of this incident that wait, and whether the reader decides. */
  async read({ workspaceId, role }: Pick<Caller, 'workspaceId' | 'role'>, incidentId: string): Promise<{ readonly clientNotices: readonly ClientNotice[]; readonly mayDecide: boolean }> {
    const { items } = await this.notices.list(workspaceId, { incidentId, state: 'shown', limit: atMost });
    return { clientNotices: items, mayDecide: role !== null && isAtLeast(role, 'manager') };
  }

  /** @throws DomainError desk-managers-only (403), desk-no-notice (404), or the refusal of what was wanted */
  async act(caller: Caller, incidentId: string, act: ClientNoticeAct): Promise<void> {
    if (caller.role === null || !isAtLeast(caller.role, 'manager')) throw fail('desk-managers-only');
    const { noticeId, version } = act;
    if ((await this.notices.read(caller.workspaceId, noticeId)).incidentId !== incidentId) throw fail('desk-no-notice');
    switch (act.act) {
      case 'notice-send':
        await this.notices.send(caller, noticeId, version);
        return;
      case 'notice-drop':
        await this.notices.drop(caller, noticeId, version);
        return;
      case 'notice-edit':
        await this.notices.edit(caller, noticeId, { version, subject: act.subject, text: act.text });
    }
  }
}
