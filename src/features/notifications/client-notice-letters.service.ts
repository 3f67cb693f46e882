import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { endOf } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { MediaService } from '../media/media.service.js';
import type { Client } from '../workspaces/client.schema.js';
import type { Sender } from './client-notice-sender.service.js';
import { htmlOf } from './client-notice-text.js';

export interface ToSend {
  /** Of the notice. */
  readonly id: string;
  readonly workspaceId: string;
  readonly client: Client;
  readonly sender: Sender;
  readonly subject: string;
  readonly text: string;
  readonly now: Instant;
}

/** A logo larger than this fits no letter. */
const logoBytes = 1_000_000;
const once = (noticeId: string, address: string): string => `client-notice:${noticeId}:${address.toLowerCase()}`;

/** Notices to clients as letters: in the agency's name, to every address of the client's contacts, and never in its night. */
@Injectable()
export class ClientNoticeLetters implements OnModuleInit {
  constructor(
    private readonly outbox: Outbox,
    private readonly media: MediaService,
  ) {}

  onModuleInit(): void {
    this.outbox.logos(async (workspaceId, mediaId) => {
      const [medium] = await this.media.describe(workspaceId, [mediaId]);
      if (!medium?.mime.startsWith('image/') || medium.bytes > logoBytes) return null;
      return { content: Buffer.from(await (await this.media.open(workspaceId, mediaId)).arrayBuffer()), mime: medium.mime };
    });
  }

  async send(manager: EntityManager, { id, workspaceId, client, sender, subject, text, now }: ToSend): Promise<void> {
    const html = htmlOf(text, { agency: sender.agency, language: client.language, hasLogo: sender.logoMediaId !== null });
    const addresses = [...new Map(client.contacts.emails.map((address) => [address.toLowerCase(), address])).values()];
    await this.outbox.write(manager, addresses.map((address) => ({
      workspaceId, once: once(id, address), about: 'client-notice' as const, to: { name: client.name, address },
      mail: {
        subject, text: `${text}\n`, html, fromName: sender.agency,
        ...(sender.replyTo && { replyTo: sender.replyTo }), ...(sender.logoMediaId !== null && { logo: { mediaId: sender.logoMediaId } }),
      },
      // A day that never ends has no night to keep it from.
      ...(client.day.from !== client.day.to && { until: new Date(endOf({ zone: client.zone, ...client.day }, now)) }),
    })));
  }

  /** Takes back an opening that is still waiting to go. @returns whether it reached nobody: then there is no end to tell */
  async wasNeverSent(manager: EntityManager, incidentId: string, client: Client): Promise<boolean> {
    const [opening] = await manager.query<{ id: string }[]>(`SELECT id FROM client_notices WHERE incident_id = $1 AND client_id = $2 AND kind = 'opening'`, [incidentId, client.id]);
    if (!opening) return true;
    const onces = client.contacts.emails.map((address) => once(opening.id, address));
    const letters = await manager.query<{ state: string }[]>('SELECT state FROM letters WHERE once = ANY($1)', [onces]);
    const stopped = await this.outbox.withdraw(manager, onces);
    const gone = letters.filter(({ state }) => state === 'failed' || state === 'dropped').length;
    return letters.length > 0 && stopped + gone === letters.length;
  }
}
