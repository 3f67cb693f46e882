import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import type { Language } from '../../infra/http/problem.js';
import { ClientPagesService } from '../incidents/client-pages.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { ClientNoticeSender } from './client-notice-sender.service.js';
import { ClientNoticeSettingsService, wordingOf } from './client-notice-settings.service.js';
import { assertFillable, htmlOf, writeNotice } from './client-notice-text.js';
import type { Preview, PreviewInput } from './client-notice.schema.js';
import { hourIn, momentIn, named, tallyParts } from './incident-words.js';
import { causeWords, listed } from './client-notice-words.js';

const example: Readonly<Record<Language, { readonly text: string; readonly outlook: string }>> = {
  en: { text: 'One of your posts', outlook: 'It waits, and goes out in its turn once the platform is back.' },
  it: { text: 'Un vostro post', outlook: 'Aspetta, ed esce al suo turno quando la piattaforma torna.' },
};

/** A notice as this client would read it, with an outage made up: 25 minutes old, of a platform it uses. */
@Injectable()
export class ClientNoticePreviewService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly settings: ClientNoticeSettingsService,
    private readonly sender: ClientNoticeSender,
    private readonly pages: ClientPagesService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError client-unknown (404), placeholder-unknown (400) */
  async preview(workspaceId: string, clientId: string, { kind, subject, text }: PreviewInput): Promise<Preview> {
    const client = await this.clients.read(workspaceId, clientId);
    const settings = await this.settings.read(workspaceId, clientId);
    const saved = wordingOf(settings, kind, settings.defaults);
    const wording = { subject: subject ?? saved.subject, text: text ?? saved.text };
    assertFillable(kind, wording);
    const sender = await this.sender.of(workspaceId, clientId, { contact: settings.manager, incidentId: null });
    const { language, zone } = client;
    const [now, soon] = [this.clock.now(), new Date(this.clock.now() + HOUR_MS)];
    const platform = await this.platformOf(workspaceId, clientId);
    const written = writeNotice(wording, {
      agency: sender.agency, client: client.name, platforms: named([platform], language), contact: sender.contact,
      page: await this.pages.link(workspaceId, clientId),
      since: momentIn(new Date(now - 25 * MINUTE_MS), zone, language), until: momentIn(soon, zone, language), nextWord: momentIn(soon, zone, language),
      count: 1, cause: causeWords({ kind: 'outage', official: null }, language),
      posts: listed([{ ...example[language], hour: hourIn(soon, zone, language), platform, channelName: client.name }]),
      tally: tallyParts({ planned: 3, published: 0, publishedLate: 2, byHand: 1, rerouted: 0, waiting: 0, missed: 0, failed: 0, dropped: 0, moved: 0 }, language).map((part) => `– ${part}`).join('\n'),
    });
    return { ...written, html: htmlOf(written.text, { agency: sender.agency, language, hasLogo: sender.logoMediaId !== null }) };
  }

  private async platformOf(workspaceId: string, clientId: string): Promise<string> {
    const rows = await this.database.query<{ id: string }[]>(
      'SELECT connector_id AS id FROM channels WHERE workspace_id = $1 AND client_id = $2 AND archived_at IS NULL ORDER BY created_at, id LIMIT 1', [workspaceId, clientId]);
    return connectors.find(({ id }) => id === rows[0]?.id)?.name ?? 'Mastodon';
  }
}
