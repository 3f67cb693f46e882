import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { lengthOf, type Promised, type Said, type Span, spansIn, spentIn, type Task, tasksAfter, touchedWords } from '../../core/commitments.js';
import type { Instant } from '../../core/instant.js';
import type { Money } from '../../core/money.js';
import { commitmentColumns, type CommitmentRow, fromCommitmentsAt, promisedOf, toCommitment } from './commitment-rows.js';
import type { Commitment } from './commitment.schema.js';

/** One platform that is down, or was, without a break: what fell twice has two of them. */
export interface Fall {
  readonly connectorId: string;
  /** Of a platform with many hosts, which: a client whose channels there are all on others is not touched. Left out: whichever. */
  readonly componentId?: string;
  readonly from: Instant;
  /** Of one that goes on: now. */
  readonly to: Instant;
  /** Text, messages and ads flow: it touches only what nothing worse does. */
  readonly onlyMedia: boolean;
}

/** A thing to do afterwards, with where to do it. */
export interface LinkedTask extends Task {
  /** The platform it is about; null = of the commitment as a whole. */
  readonly connectorId: string | null;
  /** null: nobody knows an address. */
  readonly url: string | null;
}

/** A commitment that an outage touched. */
export interface TouchedCommitment {
  readonly commitment: Commitment;
  readonly clientName: string;
  /** Of its platforms those that were down while it was on. */
  readonly connectorIds: readonly string[];
  /** Of those that were asked about, those that touch it. */
  readonly falls: readonly Fall[];
  /** When both were on, in order. */
  readonly spans: readonly Span[];
  readonly darkMs: number;
  /** Of the budget in that time, as if it were spent evenly. */
  readonly spent: Money | null;
  /** “contest open 5 h 11 of its last day”. */
  readonly words: Said;
  /** For the recovered notice. */
  readonly tasks: readonly LinkedTask[];
}

interface Row extends CommitmentRow {
  readonly clientName: string;
  /** Of the client's channels on its platforms. */
  readonly pages: readonly { readonly connectorId: string; readonly componentId: string; readonly url: string | null }[];
}

/** Where platforms show what was spent. */
const adsPages: Readonly<Record<string, string>> = {
  facebook: 'https://adsmanager.facebook.com/', instagram: 'https://adsmanager.facebook.com/', threads: 'https://adsmanager.facebook.com/',
  linkedin: 'https://www.linkedin.com/campaignmanager/', x: 'https://ads.x.com/',
};

/** What outages do to commitments: for the decision list, the client's and the public page, and the recovered notice. */
@Injectable()
export class TouchedCommitments {
  constructor(private readonly database: DataSource) {}

  /** Those on while one of their platforms was down, each by the falls of its own and as it was when they were over; the one that ends first first. */
  async touchedBy(workspaceId: string, falls: readonly Fall[], { clientId, manager = this.database.manager }: { readonly clientId?: string | undefined; readonly manager?: EntityManager } = {}): Promise<readonly TouchedCommitment[]> {
    if (falls.length === 0) return [];
    const [from, to] = [Math.min(...falls.map((fall) => fall.from)), Math.max(...falls.map((fall) => fall.to))];
    const rows = await manager.query<Row[]>(
      `SELECT ${commitmentColumns}, c.name AS "clientName",
              coalesce((SELECT jsonb_agg(jsonb_build_object('connectorId', h.connector_id, 'componentId', h.component_id, 'url', h.url) ORDER BY h.name, h.id) FROM channels h
                         WHERE h.workspace_id = m.workspace_id AND h.client_id = m.client_id AND h.connector_id = ANY(m.connector_ids) AND h.archived_at IS NULL), '[]') AS pages
         ${fromCommitmentsAt('to_timestamp($4::float8 / 1000)')}
        WHERE n.workspace_id = $1 AND (m.archived_at IS NULL OR m.archived_at > to_timestamp($3::float8 / 1000)) AND c.archived_at IS NULL AND m.connector_ids && $2::text[] AND ($5::uuid IS NULL OR m.client_id = $5)
          AND m.from_at < to_timestamp($4::float8 / 1000) + interval '1 day' AND m.until_at > to_timestamp($3::float8 / 1000) - interval '1 day' -- zone data may have changed
        ORDER BY m.until_at, m.id`,
      [workspaceId, falls.map(({ connectorId }) => connectorId), from, to, clientId ?? null],
    );
    return rows.flatMap((row) => touchedOf(row, falls.filter((fall) => isOn(row, fall))));
  }
}

/** A platform it lives on, and not only on hosts where the client is not. */
function isOn({ connectorIds, pages }: Row, { connectorId, componentId }: Fall): boolean {
  if (!connectorIds.includes(connectorId)) return false;
  const own = pages.filter((page) => page.connectorId === connectorId);
  return componentId === undefined || own.length === 0 || own.some((page) => page.componentId === componentId);
}

function touchedOf(row: Row, falls: readonly Fall[]): readonly TouchedCommitment[] {
  const promised = promisedOf(row);
  const touching = falls.filter((fall) => spansIn(promised, [fall]).length > 0);
  const whole = touching.filter(({ onlyMedia }) => !onlyMedia);
  const counted = whole.length > 0 ? whole : touching;
  if (counted.length === 0 || isWithdrawn(row, counted)) return [];
  const spans = spansIn(promised, counted);
  const darkMs = lengthOf(spans);
  const { clientName, pages, ...own } = row;
  const connectorIds = row.connectorIds.filter((id) => counted.some(({ connectorId }) => connectorId === id));
  return [{
    commitment: toCommitment(own), clientName, connectorIds, falls: counted, spans, darkMs, spent: spentIn(promised, darkMs), words: touchedWords(promised, counted),
    tasks: linkedTasks(promised, counted, { connectorIds, pages }),
  }];
}

/** Put away while they lasted: nobody cares for it. What is put away later was promised then. */
function isWithdrawn({ archivedAt }: Row, falls: readonly Fall[]): boolean {
  return archivedAt !== null && archivedAt.getTime() < Math.max(...falls.map(({ to }) => to));
}

/** A thing to do on each platform stands there once for each; messages were kept back by its own falls alone. */
function linkedTasks(promised: Promised, falls: readonly Fall[], { connectorIds, pages }: Pick<Row, 'connectorIds' | 'pages'>): readonly LinkedTask[] {
  const pageOf = (id: string): string | null => pages.find(({ connectorId, url }) => connectorId === id && url !== null)?.url ?? null;
  return tasksAfter(promised, falls).flatMap((task): readonly LinkedTask[] => {
    switch (task.code) {
      case 'read-messages':
        return connectorIds.flatMap((connectorId) => {
          const own = tasksAfter(promised, falls.filter((fall) => fall.connectorId === connectorId));
          return own.filter(({ code }) => code === task.code).map((one) => ({ ...one, connectorId, url: pageOf(connectorId) }));
        });
      case 'look-at-ads':
        return connectorIds.map((connectorId) => ({ ...task, connectorId, url: adsPages[connectorId] ?? pageOf(connectorId) }));
      case 'extend-contest':
      case 'tell-guests':
        return [{ ...task, connectorId: null, url: connectorIds.map(pageOf).find((url) => url !== null) ?? null }];
    }
  });
}
