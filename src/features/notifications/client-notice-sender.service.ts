import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import type { Address } from '../../infra/mail/letter.js';
import type { ClientContact } from './client-notice.schema.js';
import { DutiesService } from './duties.service.js';

/** In whose name a client is written to. */
export interface Sender {
  readonly agency: string;
  readonly logoMediaId: string | null;
  /** One line: whom to call. */
  readonly contact: string;
  readonly replyTo: Address | null;
}

/** Stands for an e-mail until its owner enters one; nobody can answer it. */
const isAddress = (email: string): boolean => !email.endsWith('@localhost');

/** The agency, and the person the client calls: as set for this client, else who takes care of it in this incident, else the first on duty. */
@Injectable()
export class ClientNoticeSender {
  constructor(
    private readonly database: DataSource,
    private readonly duties: DutiesService,
    private readonly clock: Clock,
  ) {}

  /** @param incidentId null: outside any, for a preview */
  async of(workspaceId: string, clientId: string, { contact, incidentId }: { readonly contact: ClientContact; readonly incidentId: string | null }): Promise<Sender> {
    const [workspace] = await this.database.query<{ name: string; logo: string | null }[]>('SELECT name, logo_media_id AS logo FROM workspaces WHERE id = $1', [workspaceId]);
    const order = await this.duties.order(this.database.manager, { workspaceId, clientIds: [clientId], now: this.clock.now() });
    const [taker] = await this.database.query<{ name: string; email: string }[]>(
      `SELECT u.name, u.email FROM incident_asks k JOIN users u ON u.id = k.answered_by AND u.disabled_at IS NULL WHERE k.incident_id = $1 AND k.client_id = $2`, [incidentId, clientId]);
    const onDuty = taker ?? order.get(clientId)?.[0];
    const dutyEmail = onDuty && isAddress(onDuty.email) ? onDuty.email : null;
    const agency = workspace?.name ?? '';
    const name = contact.name ?? onDuty?.name ?? agency;
    const email = contact.email ?? dutyEmail;
    // Another person's address does not stand beside the name that was set.
    const shown = contact.email ?? (contact.name ? null : dutyEmail);
    return {
      agency, logoMediaId: workspace?.logo ?? null,
      contact: [name, contact.phone ?? null, shown].filter((part) => part !== null).join(', '),
      replyTo: email === null ? null : { name: contact.email || !onDuty ? name : onDuty.name, address: email },
    };
  }
}
