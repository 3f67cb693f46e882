import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { ClaimedLetter } from './letter-rows.js';
import { type Logo, Outbox } from './outbox.js';
import type { Parcel } from './road.js';

/** A thousand letters of one agency carry one logo. */
const keptMs = 60_000;
const keptAtMost = 20;

/** Letters as the roads take them: with their Message-ID, and the logo in them. */
@Injectable()
export class Parcels {
  private readonly kept = new Map<string, { readonly logo: Promise<Logo | null>; readonly at: number }>();

  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  async of({ id, workspaceId, to, mail: { subject, text, html, fromName, replyTo, logo, attachment } }: ClaimedLetter): Promise<Parcel> {
    const picture = logo && html !== undefined ? await this.logo(workspaceId, logo.mediaId) : null;
    const file = attachment ? await this.outbox.attachment(workspaceId, attachment) : null;
    const domain = this.outbox.roads[0]?.from?.split('@').at(-1) ?? 'postern';
    return {
      id: `${id}@${domain}`, to, subject, text, fromName: fromName ?? 'Postern',
      ...(html !== undefined && { html: picture ? html : withoutLogo(html) }),
      ...(replyTo && { replyTo }),
      ...(picture && { logo: picture }),
      ...(file && { attachment: file }),
    };
  }

  private logo(workspaceId: string | null, mediaId: string): Promise<Logo | null> {
    const key = `${workspaceId} ${mediaId}`;
    const known = this.kept.get(key);
    if (known && this.clock.monotonic() - known.at < keptMs) return known.logo;
    if (this.kept.size >= keptAtMost) this.kept.clear();
    const logo = this.outbox.logo(workspaceId, mediaId);
    this.kept.set(key, { logo, at: this.clock.monotonic() });
    return logo;
  }
}

/** An image that is not there shows as a broken one. */
const withoutLogo = (html: string): string => html.replace(/<img\b[^>]*\bcid:logo\b[^>]*>/gi, '');
