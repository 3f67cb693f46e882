import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DateTime } from 'luxon';
import { DataSource } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import { type Against, PostWarnings } from '../posts/post-warnings.service.js';
import { endOf } from './maintenances.service.js';
import { OutletsService } from './outlets.service.js';

const texts = {
  bounded: {
    en: '{platform} announces maintenance from {from} to {to} ({zone}): {reason}. If it does not answer then, this post waits for the end of it. Choose another time if the hour counts.',
    it: '{platform} annuncia una manutenzione dal {from} al {to} ({zone}): {reason}. Se in quel momento non risponde, questo post ne aspetta la fine. Scegli un altro orario se l’ora conta.',
  },
  open: {
    en: '{platform} announces maintenance from {from} ({zone}), without saying how long: {reason}. If it does not answer then, this post waits for the end of it. Choose another time if the hour counts.',
    it: '{platform} annuncia una manutenzione dal {from} ({zone}), senza dire quanto dura: {reason}. Se in quel momento non risponde, questo post ne aspetta la fine. Scegli un altro orario se l’ora conta.',
  },
} as const;

interface Work {
  readonly channelId: string;
  readonly componentId: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly isOpen: boolean;
  readonly reason: string;
}

/** Warns of posts that are due while their platform is being worked on. */
@Injectable()
export class MaintenanceWarnings implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly outlets: OutletsService,
    private readonly warnings: PostWarnings,
  ) {}

  onModuleInit(): void {
    this.warnings.register((workspaceId) => this.of(workspaceId));
  }

  async of(workspaceId: string): Promise<readonly Against[]> {
    const works = await this.database.query<Work[]>(
      `SELECT c.id AS "channelId", c.component_id AS "componentId", (extract(epoch FROM m.from_at) * 1000)::float8 AS "from",
              (extract(epoch FROM ${endOf('m')}) * 1000)::float8 AS "to", m.to_at IS NULL AS "isOpen", m.reason
         FROM channels c JOIN maintenances m ON m.component_id = c.component_id
        WHERE c.workspace_id = $1 AND m.cancelled_at IS NULL AND ${endOf('m')} > now() ORDER BY m.from_at`,
      [workspaceId],
    );
    return works.map((work) => ({ channelId: work.channelId, from: work.from, to: work.to, code: 'platform-maintenance', sentence: (zone) => this.sentence(work, zone) }));
  }

  private sentence({ componentId, from, to, isOpen, reason }: Work, zone: string): Sentence {
    const { name: platform } = this.outlets.platformOf(componentId);
    const said = (language: Language): string => {
      const at = (instant: Instant) => DateTime.fromMillis(instant, { zone, locale: language }).toFormat('ccc d LLL, HH:mm');
      return fill(texts[isOpen ? 'open' : 'bounded'][language], { platform, from: at(from), to: at(to), zone, reason: reason.replace(/[.!]+$/, '') });
    };
    return { en: said('en'), it: said('it') };
  }
}
