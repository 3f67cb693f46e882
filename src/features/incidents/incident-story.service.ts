import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { groupOf } from '../../core/component.js';
import { FactTakers, type TakenFact } from '../../infra/facts/fact-takers.js';
import type { ComponentChanged } from '../health/health.events.js';
import { GatherService } from './gather.service.js';
import { IncidentFacts } from './incident-facts.service.js';
import { componentAfter, hasFallen, incidentAfter, type Known } from './incident-state.js';
import { type Current, IncidentWrites } from './incident-writes.service.js';

/**
 * Makes incidents out of what is said of components: one per infra group, or per host where there is none, and one for
 * all groups that fall by the same upstream. What falls joins it, flaps come back to it, and it is closed when everything has stayed up.
 */
@Injectable()
export class IncidentStory implements OnModuleInit {
  constructor(
    private readonly takers: FactTakers,
    private readonly writes: IncidentWrites,
    private readonly gathers: GatherService,
    private readonly facts: IncidentFacts,
  ) {}

  onModuleInit(): void {
    this.takers.register('incidents', (facts, manager) => this.take(facts, manager));
  }

  async take(facts: readonly TakenFact[], manager: EntityManager): Promise<void> {
    for (const { payload, at } of facts) await this.tell(manager, payload as unknown as ComponentChanged, at);
  }

  /** `at`: when it was told, by the database's clock. */
  async tell(manager: EntityManager, told: ComponentChanged, at: Date): Promise<void> {
    const subject = groupOf(told.platform);
    const upstream = hasFallen(told) ? (told.upstream ?? null) : null;
    // Groups of one upstream that fall at once wait for each other as well.
    if (upstream) await this.writes.lock(manager, `edge:${upstream.edge}`);
    await this.writes.lock(manager, subject);
    const open = await this.writes.open(manager, subject);
    if (open) return this.goOn(manager, { ...open, isAgain: false }, told, at);
    if (!hasFallen(told)) return; // nothing was wrong
    const shared = upstream ? await this.writes.shared(manager, upstream, told.firstAt) : null;
    if (shared) return this.goOn(manager, { ...shared, isAgain: false }, told, at);
    const reopened = await this.writes.reopen(manager, subject, told.componentId);
    if (reopened) await this.writes.note(manager, reopened.id, { at, componentId: told.componentId, kind: 'reopened' });
    return this.goOn(manager, { ...(reopened ?? (await this.writes.begin(manager, subject, told))), isAgain: reopened !== null }, told, at);
  }

  private async goOn(manager: EntityManager, incident: Current & { readonly isAgain: boolean }, told: ComponentChanged, at: Date): Promise<void> {
    const before = await this.writes.components(manager, incident.id);
    const known = before.find(({ componentId }) => componentId === told.componentId) ?? null;
    if (!known && !hasFallen(told)) return; // a neighbour that never fell
    const spoke = told.official !== null && told.official.text !== incident.official?.text;
    if (spoke) await this.writes.note(manager, incident.id, { at, componentId: told.componentId, kind: 'official', payload: told.official ?? {} });
    const isStale = known !== null && at < known.toldAt; // two processes take facts, and one was slower
    const component = isStale ? known : componentAfter(known, told, at);
    const moved = hasMoved(known, component);
    if (moved || !spoke) await this.writes.note(manager, incident.id, { at, componentId: told.componentId, kind: 'state', payload: evidenceIn(told) });
    if (isStale) return;

    const next = incidentAfter([...before.filter((one) => one !== known), component]);
    await this.writes.saveComponent(manager, incident.id, component, told);
    await this.writes.save(manager, incident.id, told, next);
    if (next.state !== 'open' && next.state !== incidentAfter(before).state) await this.writes.note(manager, incident.id, { at, componentId: null, kind: next.state });
    await (next.state === 'closed' ? this.gathers.letGo(manager, incident.id) : this.gathers.gather(manager, incident.id));
    if (spoke || moved) await this.facts.tell(manager, incident.id, { before: before.map(({ componentId }) => componentId), isAgain: incident.isAgain });
  }
}

/** As it came, without what the incident says anyway. */
function evidenceIn({ componentId: _id, platform: _platform, official: _official, ...told }: ComponentChanged): object {
  return told;
}

function hasMoved(known: Known | null, component: Known): boolean {
  return known === null || known.state !== component.state || known.onlyMedia !== component.onlyMedia || known.backAt?.getTime() !== component.backAt?.getTime();
}
