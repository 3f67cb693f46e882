import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { filled } from '../../infra/http/problem.js';
import { type Against, PostWarnings } from '../posts/post-warnings.service.js';
import { Gateways } from './gateways.service.js';
import { capObstacle, type Refusal, refusalSaid, roadObstacle, roadRefusal } from './sms-obstacles.js';
import { SmsPreviews } from './sms-preview.service.js';
import { canAnswer } from '../../core/sms-message.js';

const said = { en: 'As things stand this SMS will not go out. {why}', it: 'Così com’è questo SMS non parte. {why}' } as const;
/** Nobody plans as far ahead. */
const NEVER = Date.UTC(2200, 0);

interface Row {
  readonly channelId: string;
  readonly capMinor: number;
  readonly capCurrency: string | null;
}

/** Warns of SMS that are planned where one of the things is missing without which none goes: no hour of it is a good one. */
@Injectable()
export class SmsWarnings implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly warnings: PostWarnings,
    private readonly gateways: Gateways,
    private readonly previews: SmsPreviews,
  ) {}

  onModuleInit(): void {
    this.warnings.register((workspaceId) => this.of(workspaceId));
  }

  private async of(workspaceId: string): Promise<readonly Against[]> {
    const rows: Row[] = await this.database.query(
      `SELECT c.id AS "channelId", coalesce(k.cap_minor, 0)::int AS "capMinor", k.currency AS "capCurrency" FROM workspaces w JOIN channels c ON c.workspace_id = w.id AND c.connector_id = 'sms' AND c.archived_at IS NULL
         LEFT JOIN sms_caps k ON k.client_id = c.client_id WHERE w.id = $1 AND w.kind = 'live' ORDER BY c.id`, [workspaceId]);
    if (rows.length === 0) return [];
    const open = await this.gateways.open(workspaceId);
    const found: Against[] = [];
    for (const { channelId, capMinor, capCurrency } of rows) {
      const isOther = open !== null && capCurrency !== open.currency;
      const cap = capObstacle({ capMinor: isOther ? 0 : capMinor, otherCurrency: isOther && capMinor > 0 ? capCurrency : null }, open?.currency ?? null);
      // Opened only where it matters who the sender is.
      const road = roadObstacle(open, 'live') === null ? null : roadRefusal(open, 'live', canAnswer((await this.previews.channel(workspaceId, channelId))?.from ?? null, open));
      found.push(...[road, cap].flatMap((one) => (one === null ? [] : [against(channelId, one)])));
    }
    return found;
  }
}

function against(channelId: string, refusal: Refusal): Against {
  const sentence = filled(said, { why: refusalSaid(refusal) });
  return { channelId, from: 0, to: NEVER, code: `sms-${refusal.obstacle}`, sentence: () => sentence };
}
