import { v7 as uuid } from 'uuid';
import { GatherService } from '../../../src/features/incidents/gather.service.js';
import { IncidentFacts } from '../../../src/features/incidents/incident-facts.service.js';
import { IncidentRounds } from '../../../src/features/incidents/incident-rounds.service.js';
import { IncidentStory } from '../../../src/features/incidents/incident-story.service.js';
import { IncidentWrites } from '../../../src/features/incidents/incident-writes.service.js';
import { IncidentsService } from '../../../src/features/incidents/incidents.service.js';
import { TallyService } from '../../../src/features/incidents/tally.service.js';
import type { ComponentChanged } from '../../../src/features/health/health.events.js';
import { Clock } from '../../../src/infra/clock.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase } from '../../kit/database.js';
import { seedClient, type SeededClient } from '../../kit/seed.js';

/** A component of a sandbox platform at `host`, and how it is told of. */
export interface Place {
  readonly connectorId?: string;
  readonly host?: string;
  readonly infraGroup?: string | null;
}

/** Everything that makes incidents, on a real database, without the application around it. */
export async function openIncidents() {
  const { dataSource, drop } = await createDatabase();
  const takers = new FactTakers(dataSource);
  const writer = new FactWriter();
  const tallies = new TallyService(dataSource);
  const gathers = new GatherService();
  const story = new IncidentStory(takers, new IncidentWrites(), gathers, new IncidentFacts(writer, tallies));
  story.onModuleInit();
  const query = <Row>(sql: string, params: unknown[] = []): Promise<Row[]> => dataSource.query<Row[]>(sql, params);

  /** Writes the fact, takes it, and answers the kinds of what other rooms were told. */
  const tell = async (to: ComponentChanged['to'], more: Partial<ComponentChanged> & { readonly place?: Place } = {}): Promise<string> => {
    const { place: { connectorId = 'sandbox-alpha', host = 'sandbox.example', infraGroup = null } = {}, ...rest } = more;
    const at = more.at ?? new Date().toISOString();
    const fact: ComponentChanged = {
      componentId: `${connectorId}:publish@${host}`, platform: { connectorId, host, name: 'Sandbox Alpha', infraGroup }, from: 'up', to, media: to, impaired: false,
      at, firstAt: at, kind: null, by: null, cause: 'unknown', confidence: 0,
      evidence: { writes: 3, accounts: 3, groups: 3, probes: 2, refusals: 0, official: 'none' }, official: null, ...rest,
    };
    await query('DELETE FROM event_claims');
    const before = (await query<{ id: string }>('SELECT id FROM events')).map(({ id }) => id);
    await dataSource.transaction((manager) => writer.write(manager, [{ kind: 'component.changed', workspaceId: null, subjectId: null, payload: { ...fact } }]));
    if ((await takers.take('incidents')) !== 1) throw new Error('The fact was not taken.');
    const told = await query<{ kind: string }>(`SELECT kind FROM events WHERE kind LIKE 'incident.%' AND id <> ALL($1::uuid[]) ORDER BY kind`, [before]);
    return told.map(({ kind }) => kind).join(' ');
  };

  return {
    dataSource, drop, query, tell, story, tallies, gathers,
    incidents: new IncidentsService(dataSource, tallies),
    rounds: new IncidentRounds(dataSource, story, gathers, new Clock(), { ROLES: ['api'] }),
    agency: (connectorIds: readonly string[] = ['sandbox-alpha'], host = 'sandbox.example', workspaceId = uuid()): Promise<SeededClient> =>
      seedClient(dataSource, { connectorIds, url: `http://${host}`, seal: new Seal('s'.repeat(32)), workspaceId }),
    /** Every incident, the oldest first. */
    all: () => query<{ id: string; kind: string; state: string; ended: boolean; closed: boolean }>(
      `SELECT id, kind, state, ended_at IS NOT NULL AS ended, closed_at IS NOT NULL AS closed FROM incidents ORDER BY opened_at, id`),
    clear: () => query('TRUNCATE incidents, events, event_claims, deliveries, channels, components CASCADE'),
  };
}

export type IncidentHouse = Awaited<ReturnType<typeof openIncidents>>;
