import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Stage } from './drill-stage.service.js';
import type { StoredStep } from './drill.schema.js';
import { named, type StepCode } from './drill-words.js';

interface DeliveryNow {
  readonly id: string;
  readonly client: string;
  readonly state: string;
}

interface Told {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
}

/** What of a drill was seen so far: what is new since then makes the timeline. */
export interface Sight {
  readonly deliveries: Map<string, string>;
  /** Of components, as they were last told. */
  readonly states: Map<string, string>;
  /** Deliveries that were seen waiting for their platform. */
  readonly held: Set<string>;
  readonly seen: Set<string>;
}

export const nothingSeen = (): Sight => ({ deliveries: new Map(), states: new Map(), held: new Set(), seen: new Set() });

/** Looks at what the product has written, and never at what it intends: a drill's timeline is made of its rows. */
@Injectable()
export class DrillEyes {
  constructor(private readonly database: DataSource) {}

  /** What is new since the last look; remembers it in `sight`. */
  async look({ workspaceId }: Stage, sight: Sight, at: number): Promise<readonly StoredStep[]> {
    const steps: StoredStep[] = [];
    const say = (code: StepCode, params: StoredStep['params']): void => void steps.push({ at: new Date(at).toISOString(), code, params });
    const news = <Row extends { readonly id: string }>(rows: readonly Row[]): readonly Row[] => rows.filter(({ id }) => !sight.seen.has(id) && sight.seen.add(id));

    for (const { id, state } of await this.components(workspaceId)) {
      const before = sight.states.get(id);
      sight.states.set(id, state);
      const isNews = before !== state && !(before === undefined && state === 'unknown'); // so everything begins
      if (isNews) say(state === 'unknown' ? 'idle' : 'component', { platform: named(id.split(':')[0] ?? ''), state });
    }
    for (const one of news(await this.incidents(workspaceId))) say(one.isOver ? 'incident-closed' : 'incident-opened', { posts: one.posts });
    for (const one of news(await this.letters(workspaceId))) say('letter', { to: one.to, subject: one.subject });
    this.moved(await this.deliveries(workspaceId), sight, say);
    for (const one of news(await this.broadcasts(workspaceId))) say(one.isJoined ? 'joined' : 'mailed', { client: one.client, people: one.people });
    for (const one of news(await this.rounds(workspaceId))) say('texted', { client: one.client, people: one.people });
    for (const one of news(await this.articles(workspaceId))) say('article', { client: one.client, title: one.title });
    return steps;
  }

  /** Of the platforms that fell: their components' states. */
  async states(workspaceId: string, platforms: readonly string[]): Promise<readonly string[]> {
    const rows = await this.components(workspaceId);
    return rows.filter(({ id }) => platforms.some((platform) => id.startsWith(`${platform}:`))).map(({ state }) => state);
  }

  /** Whether anything of anybody is being sent at this moment. */
  async isInFlight(): Promise<boolean> {
    const [busy] = await this.database.query<unknown[]>(
      `SELECT FROM deliveries WHERE state = 'sending' UNION ALL SELECT FROM recipients WHERE state IN ('reserved', 'sending') UNION ALL SELECT FROM sms_recipients WHERE state IN ('reserved', 'sending') LIMIT 1`);
    return busy !== undefined;
  }

  /** Whether nothing waits or is on its way any more. `asleep`: clients whose posts wait for their morning. */
  async isSettled(workspaceId: string, asleep: readonly string[]): Promise<boolean> {
    const [row] = await this.database.query<{ open: boolean }[]>(
      `SELECT EXISTS (SELECT FROM deliveries WHERE workspace_id = $1 AND client_id <> ALL($2::uuid[]) AND state IN ('scheduled', 'held', 'sending', 'unconfirmed'))
           OR EXISTS (SELECT FROM broadcasts b WHERE b.workspace_id = $1 AND b.state IN ('frozen', 'sending', 'paused'))
           OR EXISTS (SELECT FROM sms_rounds WHERE workspace_id = $1 AND state IN ('frozen', 'sending', 'paused'))
           OR EXISTS (SELECT FROM letters WHERE workspace_id = $1 AND state = 'waiting') AS open`, [workspaceId, asleep]);
    return row?.open === false;
  }

  /** Whether the incident is over. */
  async isClosed(workspaceId: string): Promise<boolean> {
    const [open] = await this.database.query<unknown[]>(
      `SELECT FROM incidents i JOIN incident_deliveries g ON g.incident_id = i.id WHERE g.workspace_id = $1 AND i.closed_at IS NULL LIMIT 1`, [workspaceId]);
    return open === undefined;
  }

  /** How many letters about the outage are gone, to people or to the catcher. */
  async told(workspaceId: string): Promise<number> {
    const rows = await this.letters(workspaceId);
    return rows.length;
  }

  async published(workspaceId: string): Promise<number> {
    const [row] = await this.database.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE workspace_id = $1 AND state = 'published'`, [workspaceId]);
    return row?.n ?? 0;
  }

  private moved(rows: readonly DeliveryNow[], sight: Sight, say: (code: StepCode, params: StoredStep['params']) => void): void {
    const moves = new Map<string, { client: string; state: string; count: number }>();
    for (const { id, client, state } of rows) {
      const before = sight.deliveries.get(id);
      sight.deliveries.set(id, state);
      if (state === 'held') sight.held.add(id);
      if (before === state || state === 'scheduled' || state === 'sending') continue;
      const move = moves.get(`${client} ${state}`) ?? { client, state, count: 0 };
      moves.set(`${client} ${state}`, { ...move, count: move.count + 1 });
    }
    for (const { client, state, count } of moves.values()) {
      if (state === 'held' || state === 'rerouted' || state === 'published') say(state, { client, count });
      else say('other', { client, count, state });
    }
  }

  private deliveries(workspaceId: string): Promise<DeliveryNow[]> {
    return this.database.query(
      `SELECT d.id, c.name AS client, d.state FROM deliveries d JOIN clients c ON c.id = d.client_id WHERE d.workspace_id = $1 AND d.origin = 'post' ORDER BY c.name, d.due_at, d.id`, [workspaceId]);
  }

  private components(workspaceId: string): Promise<{ readonly id: string; readonly state: string }[]> {
    return this.database.query(
      `SELECT c.id, c.state FROM components c
        WHERE c.id IN (SELECT component_id FROM channels WHERE workspace_id = $1 AND connector_id LIKE 'sandbox-%') ORDER BY c.id`, [workspaceId]);
  }

  private incidents(workspaceId: string): Promise<{ readonly id: string; readonly isOver: boolean; readonly posts: number }[]> {
    return this.database.query(
      `SELECT i.id || ' ' || (i.closed_at IS NOT NULL) AS id, i.closed_at IS NOT NULL AS "isOver", (SELECT count(*)::int FROM incident_deliveries g WHERE g.incident_id = i.id AND g.workspace_id = $1) AS posts
         FROM incidents i WHERE EXISTS (SELECT FROM incident_deliveries g WHERE g.incident_id = i.id AND g.workspace_id = $1) ORDER BY i.began_at`, [workspaceId]);
  }

  private letters(workspaceId: string): Promise<Told[]> {
    return this.database.query(
      `SELECT id, to_address AS "to", mail ->> 'subject' AS subject FROM letters WHERE workspace_id = $1 AND about IN ('incident', 'client-notice') AND state = 'sent' ORDER BY created_at, id`, [workspaceId]);
  }

  private broadcasts(workspaceId: string): Promise<{ readonly id: string; readonly client: string; readonly people: number; readonly isJoined: boolean }[]> {
    return this.database.query(
      `SELECT b.id, c.name AS client, coalesce(b.recipients, 0) AS people, b.joined_to IS NOT NULL AS "isJoined" FROM broadcasts b JOIN clients c ON c.id = b.client_id
        WHERE b.workspace_id = $1 AND b.frozen_at IS NOT NULL ORDER BY b.frozen_at, b.id`, [workspaceId]);
  }

  private rounds(workspaceId: string): Promise<{ readonly id: string; readonly client: string; readonly people: number }[]> {
    return this.database.query(
      `SELECT s.id, c.name AS client, s.recipients AS people FROM sms_rounds s JOIN clients c ON c.id = s.client_id WHERE s.workspace_id = $1 ORDER BY s.frozen_at, s.id`, [workspaceId]);
  }

  private articles(workspaceId: string): Promise<{ readonly id: string; readonly client: string; readonly title: string }[]> {
    return this.database.query(`SELECT a.id, c.name AS client, a.title FROM articles a JOIN clients c ON c.id = a.client_id WHERE a.workspace_id = $1 ORDER BY a.published_at, a.id`, [workspaceId]);
  }
}
