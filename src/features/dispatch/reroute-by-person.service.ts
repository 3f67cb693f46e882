import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { asksAt } from '../../core/asks-at.js';
import { stateNames } from '../../core/delivery.js';
import { chooseRoute, outletTroubles } from '../../core/routes.js';
import { TIMES, type Times } from '../../core/times.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import type { Caller } from '../../infra/http/access.js';
import { editedMeanwhile, problems } from '../../infra/http/problem.js';
import { BellsService } from '../posts/bells.service.js';
import { type DueDelivery, DuesService } from '../posts/dues.service.js';
import { OutletNeeds } from '../posts/outlet-needs.service.js';
import { ReroutesService } from '../posts/reroutes.service.js';
import { AuditService } from '../workspaces/audit.service.js';
import { dayOf, namesOf, WaysOutService } from './ways-out.service.js';
import type { RerouteNow, Ways } from './ways-out.schema.js';

const fail = problems({
  'delivery-not-found': { status: 404, en: 'There is no such delivery in this workspace. Look it up under its post.', it: 'In questo workspace non c’è questa consegna. Cercala nel suo post.' },
  ...editedMeanwhile,
  'not-in-this-state': {
    status: 409,
    en: 'Only what is scheduled or held, with no part out yet, can be sent another way; this is {state}. Read it again.',
    it: 'Per un’altra via si può mandare solo ciò che è in programma o trattenuto e di cui non è uscito nulla; questo è {state}. Rileggilo.',
  },
  'waits-for-approval': {
    status: 409,
    en: 'Nobody has approved this post yet. Approve it first, then send it another way.',
    it: 'Questo post non è ancora approvato. Approvalo prima, poi mandalo per un’altra via.',
  },
  'is-another-way': {
    status: 409,
    en: 'This is itself another way out of a post, or what follows one. Drop it, or go back to the post.',
    it: 'Questa è già l’altra via di un post, o ciò che ne segue. Scartala, o torna al post.',
  },
  'outlet-unknown': {
    status: 422,
    en: 'One of these outlets is no channel of this client. Take the ids of `GET /channels`.',
    it: 'Una di queste vie non è un canale di questo cliente. Usa gli id di `GET /channels`.',
  },
  'outlet-unusable': {
    status: 422,
    en: '{outlet} cannot be used now. {why}',
    it: '{outlet} ora non si può usare. {why}',
  },
  'no-outlet-usable': {
    status: 422,
    en: 'None of its outlets can be used now. `GET /deliveries/:id/ways-out` says what stands in the way of each.',
    it: 'Ora non si può usare nessuna delle sue vie. `GET /deliveries/:id/ways-out` dice che cosa lo impedisce per ognuna.',
  },
});

/** Its hour is still to come: whoever asks wants to know what would be open to it then. */
const isAhead = ({ state, dueAt, readAt }: DueDelivery): boolean => state === 'scheduled' && dueAt > readAt;

/** A person sends a delivery another way, whatever its policy says. */
@Injectable()
export class RerouteByPerson {
  constructor(
    private readonly dataSource: DataSource,
    private readonly dues: DuesService,
    private readonly waysOut: WaysOutService,
    private readonly reroutes: ReroutesService,
    private readonly needs: OutletNeeds,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @throws DomainError delivery-not-found, not-in-this-state */
  async ways(caller: Caller, deliveryId: string): Promise<Ways> {
    const due = await this.due(caller, deliveryId);
    const { routes } = due.policy;
    const ahead = isAhead(due) ? (asksAt({ ...due, needsMs: await this.needs.of(due.workspaceId, routes) }, null, this.times) ?? due.dueAt) : undefined;
    const outlets = await this.waysOut.of(due, routes, ahead);
    const setOf = (channelId: string): number | null => {
      const set = routes.findIndex((ids) => ids.includes(channelId));
      return set < 0 ? null : set;
    };
    return {
      at: new Date(ahead ?? due.readAt).toISOString(),
      items: outlets.map(({ channelId, name, connectorId, trouble }) => ({
        channelId, channelName: name, connectorId, set: setOf(channelId), usable: trouble === null, trouble: trouble && { code: trouble, sentence: outletTroubles[trouble][caller.language] },
      })).toSorted((a, b) => (a.set ?? Infinity) - (b.set ?? Infinity)),
      next: (chooseRoute(routes, outlets) ?? []).map(({ channelId }) => channelId),
    };
  }

  /** @throws DomainError delivery-not-found, edited-meanwhile, not-in-this-state, outlet-unknown, outlet-unusable, no-outlet-usable */
  async reroute(caller: Caller, deliveryId: string, { version, channelIds }: RerouteNow): Promise<void> {
    const due = await this.due(caller, deliveryId);
    if (due.version !== version) throw fail('edited-meanwhile', {}, { version: due.version });
    if (!due.approved) throw fail('waits-for-approval');
    if (due.begun) throw fail('not-in-this-state', { state: stateNames[due.state] });
    const routes = channelIds ? [channelIds.map((id) => id.toLowerCase())] : due.policy.routes;
    const outlets = await this.waysOut.of(due, routes);
    if (channelIds && outlets.length < new Set(routes.flat()).size) throw fail('outlet-unknown');
    const unusable = channelIds ? outlets.find(({ trouble }) => trouble !== null && trouble !== 'night' && trouble !== 'words-of-time') : undefined; // a person may speak at night, and has read it
    if (unusable?.trouble) throw fail('outlet-unusable', { outlet: unusable.name, why: outletTroubles[unusable.trouble] });
    const chosen = channelIds ? outlets : chooseRoute(routes, outlets);
    if (!chosen) throw fail('no-outlet-usable');
    const children = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const ids = await this.reroutes.rerouteWithin(manager, due, {
        reason: { code: 'rerouted-by-hand', detail: `${namesOf(chosen)} (${caller.actor.name})` }, after: due.policy.afterReroute, ways: chosen, day: dayOf(due), now: due.readAt,
      });
      if (!ids) throw fail('edited-meanwhile');
      await this.audit.record(manager, {
        workspaceId: caller.workspaceId, actor: caller.actor, action: 'delivery.reroute', subject: 'delivery', subjectId: deliveryId, details: { channelIds: chosen.map(({ channelId }) => channelId) },
      });
      return ids;
    }));
    await this.bells.ring(children);
  }

  private async due({ workspaceId }: Caller, deliveryId: string): Promise<DueDelivery> {
    const [row] = await this.dataSource.query<{ state: keyof typeof stateNames; origin: string }[]>('SELECT state, origin FROM deliveries WHERE workspace_id = $1 AND id = $2', [workspaceId, deliveryId]);
    if (!row) throw fail('delivery-not-found');
    if (row.origin === 'fallback' || row.origin.startsWith('late:')) throw fail('is-another-way');
    const due = await this.dues.read(deliveryId);
    if (!due || (due.state !== 'scheduled' && due.state !== 'held')) throw fail('not-in-this-state', { state: stateNames[row.state] });
    return due;
  }
}
