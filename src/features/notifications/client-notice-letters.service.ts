import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { endOf } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { type LostLetter, Outbox } from '../../infra/mail/outbox.js';
import { MediaService } from '../media/media.service.js';
import type { Client } from '../workspaces/client.schema.js';
import type { Sender } from './client-notice-sender.service.js';
import { htmlOf } from './client-notice-text.js';
import { NoticesService } from './notices.service.js';

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
const about = (noticeId: string): string => `client-notice:${noticeId}:`;
const once = (noticeId: string, address: string): string => `${about(noticeId)}${address.toLowerCase()}`;
/** That the letter `l` is one of the notice `n`; ';' follows ':'. */
export const lettersOf = (n: string): string => `l.once > 'client-notice:' || ${n}.id || ':' AND l.once < 'client-notice:' || ${n}.id || ';'`;
/** What became of the letters of the notice `n`, as one column. */
export const arrivals = `(
  SELECT coalesce(jsonb_agg(jsonb_build_object('address', l.to_address, 'detail', l.detail,
           'state', CASE WHEN l.state = 'sent' AND l.road = 'catcher' THEN 'caught' ELSE l.state END) ORDER BY l.once), '[]')
    FROM letters l WHERE ${lettersOf('n')})`;

/** Notices to clients as letters: in the agency's name, to every address of the client's contacts, and never in its night. */
@Injectable()
export class ClientNoticeLetters implements OnModuleInit {
  constructor(
    private readonly outbox: Outbox,
    private readonly media: MediaService,
    private readonly notices: NoticesService,
  ) {}

  onModuleInit(): void {
    this.outbox.losses((manager, letter) => this.tellLost(manager, letter));
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
    return !(await this.outbox.withdraw(manager, about(opening.id)));
  }

  /** The team believes that the client was told: somebody else has to tell it. */
  private async tellLost(manager: EntityManager, { workspaceId, once: of, to, detail }: LostLetter): Promise<void> {
    const id = /^client-notice:([^:]+):/.exec(of)?.[1];
    if (id === undefined || workspaceId === null) return;
    const [notice] = await manager.query<{ clientId: string; client: string; incidentId: string }[]>(
      'SELECT n.client_id AS "clientId", c.name AS client, n.incident_id AS "incidentId" FROM client_notices n JOIN clients c ON c.id = n.client_id WHERE n.workspace_id = $1 AND n.id = $2',
      [workspaceId, id],
    );
    if (!notice) return;
    const said = /[.!?…]$/.test(detail) ? detail : `${detail}.`;
    await this.notices.tell(manager, [
      { workspaceId, kind: 'client-notice-lost', matter: `client-notice-lost:${id}`, fold: 'hour', params: { count: 1, ...notice, detail: `${to.address}: ${said}` } },
    ]);
  }
}
