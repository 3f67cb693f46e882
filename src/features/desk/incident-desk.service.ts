import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import type { UserVisitor } from '../../infra/http/doorkeeper.js';
import { DomainError } from '../../infra/http/problem.js';
import { RerouteByPerson } from '../dispatch/reroute-by-person.service.js';
import { ClientPagesService } from '../incidents/client-pages.service.js';
import { DecisionsService } from '../incidents/decisions.service.js';
import { IncidentCsv } from '../incidents/incident-csv.service.js';
import { IncidentCommitments } from '../incidents/incident-commitments.service.js';
import { IncidentTasks } from '../incidents/incident-tasks.service.js';
import { IncidentsService } from '../incidents/incidents.service.js';
import { NotesService } from '../incidents/notes.service.js';
import { PacksService } from '../library/packs.service.js';
import { AsksService } from '../notifications/asks.service.js';
import { AfterReroutes } from '../posts/after-reroutes.service.js';
import { DeliveriesService } from '../posts/deliveries.service.js';
import { PostEdits } from '../posts/post-edits.service.js';
import type { Review } from '../posts/review.schema.js';
import { ReviewsService } from '../posts/reviews.service.js';
import { SlotActs } from '../posts/slot-acts.service.js';
import { ClientNoticeDesk } from './client-notice-desk.service.js';
import { fail } from './desk.problems.js';
import type { IncidentAct } from './incident-act.schema.js';

/** Of each client; further ones GET /reviews lists. */
const othersAtMost = 200;

/** What stands on the incident's page, and what a person does there: through the same services as the API. */
@Injectable()
export class IncidentDesk {
  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly decisions: DecisionsService,
    private readonly notes: NotesService,
    private readonly asks: AsksService,
    private readonly pages: ClientPagesService,
    private readonly csv: IncidentCsv,
    private readonly deliveries: DeliveriesService,
    private readonly reroutes: RerouteByPerson,
    private readonly posts: PostEdits,
    private readonly clientNotices: ClientNoticeDesk,
    private readonly commitments: IncidentCommitments,
    private readonly tasks: IncidentTasks,
    private readonly packs: PacksService,
    private readonly reviews: ReviewsService,
    private readonly slots: SlotActs,
    private readonly afterReroutes: AfterReroutes,
  ) {}

  /** In the workspace named. @throws DomainError desk-no-workspace (404) */
  callerIn({ memberships, userId, name, language }: UserVisitor, workspaceId: string | undefined): Caller {
    const membership = memberships.find((one) => one.workspaceId === workspaceId);
    if (!membership) throw fail('desk-no-workspace');
    return { workspaceId: membership.workspaceId, role: membership.role, actor: { kind: 'user', id: userId, name }, language };
  }

  /** In the workspace named; without one, in the first that the incident (or, of none, an open one) touches. A link in a letter names it, an address typed by hand does not. */
  async enter(visitor: UserVisitor, workspaceId: string | undefined, incidentId: string | null): Promise<Caller> {
    if (workspaceId !== undefined) return this.callerIn(visitor, workspaceId);
    for (const one of visitor.memberships) {
      if (await this.isTouched(one.workspaceId, incidentId)) return this.callerIn(visitor, one.workspaceId);
    }
    return this.callerIn(visitor, visitor.memberships[0]?.workspaceId);
  }

  async list({ workspaceId }: Caller) {
    const { items } = await this.incidents.list({ workspaceId }, { limit: 50 });
    return { incidents: items, zone: await this.zoneOf(workspaceId) };
  }

  /** @throws DomainError incident-unknown (404) */
  async read({ workspaceId, language, role }: Caller, incidentId: string) {
    const { events, tally, ...incident } = await this.incidents.detail(workspaceId, incidentId);
    const [decisions, asks, { items: notes }, zone, clientNotices, commitments] = await Promise.all([
      this.decisions.list(workspaceId, incidentId, { language }), this.asks.list(workspaceId, incidentId),
      this.notes.list({ workspaceId }, incidentId, { limit: 200 }), this.zoneOf(workspaceId),
      this.clientNotices.read({ workspaceId, role }, incidentId), this.commitments.of(workspaceId, await this.incidents.one(workspaceId, incidentId), { language }),
    ]);
    const clientIds = [...new Set(decisions.map(({ clientId }) => clientId))];
    const clientLinks = new Map(await Promise.all(clientIds.map(async (id) => [id, await this.pages.link(workspaceId, id)] as const)));
    const packIds = [...new Set(commitments.flatMap(({ pack }) => pack?.id ?? []))];
    const packs = new Map(await Promise.all(packIds.map(async (id) => [id, await this.packs.read(workspaceId, id)] as const)));
    const isOver = incident.components.every(({ backAt }) => backAt !== null);
    // Who was asked for may have nothing left in it; their letter leads here all the same.
    const ofWhom = [...new Set([...decisions, ...commitments, ...asks].map(({ clientId }) => clientId))];
    const reviews = isOver ? await this.othersOf({ workspaceId, language }, { clientIds: ofWhom, but: decisions.map(({ deliveryId }) => deliveryId) }) : [];
    return { ...clientNotices, incident, events, tally, decisions, clientLinks, asks, notes, zone, commitments, packs, reviews, mayAct: role !== null && isAtLeast(role, 'editor') };
  }

  /** What else of these clients waits for a person: the review list comes with the end of an incident. */
  private async othersOf(caller: Pick<Caller, 'workspaceId' | 'language'>, { clientIds, but }: { readonly clientIds: readonly string[]; readonly but: readonly string[] }): Promise<readonly Review[]> {
    const listed: Review[] = [];
    for (const clientId of clientIds) listed.push(...(await this.reviews.list(caller, { clientId, limit: othersAtMost + but.length })).items.filter(({ id }) => !but.includes(id)));
    return listed;
  }

  /** Every post of the workspace in it, as CSV. @throws DomainError incident-unknown (404) */
  async table({ workspaceId, language }: Caller, incidentId: string): Promise<string> {
    await this.incidents.one(workspaceId, incidentId);
    return this.csv.of(workspaceId, incidentId, { language });
  }

  /** @throws DomainError desk-editors-only (403), desk-not-in-incident (404), or the refusal of what was wanted */
  async act(caller: Caller, incidentId: string, act: IncidentAct): Promise<void> {
    if (caller.role === null || !isAtLeast(caller.role, 'editor')) throw fail('desk-editors-only');
    switch (act.act) {
      case 'answer':
        await this.asks.answer(caller, incidentId, act.clientId === undefined ? undefined : [act.clientId]);
        return;
      case 'note':
        await this.notes.write(caller, incidentId, { text: act.text });
        return;
      case 'release':
        return this.deliveries.release(caller, act.deliveryId, act.version);
      case 'drop':
        return this.deliveries.drop(caller, act.deliveryId, act.version);
      case 'next-slot':
        await this.slots.one(caller, act.deliveryId, act.version);
        return;
      case 'settle':
        return this.afterReroutes.settle(caller, act.deliveryId, { version: act.version, how: act.how });
      case 'task':
        await this.tasks.tick(caller, incidentId, { commitmentId: act.commitmentId, code: act.code, connectorId: act.connectorId, done: act.done });
        return;
      case 'reroute':
        return this.reroutes.reroute(caller, act.deliveryId, { version: act.version, channelIds: act.channelIds });
      case 'by-hand':
        return this.deliveries.say(caller, act.deliveryId, { version: act.version, out: true, ...(act.url === '' ? {} : { url: act.url }) });
      case 'move':
        return this.move(caller, incidentId, act);
      case 'notice-send':
      case 'notice-edit':
      case 'notice-drop':
        return this.clientNotices.act(caller, incidentId, act);
    }
  }

  /** A post is moved whole, at the version the page showed. */
  private async move(caller: Caller, incidentId: string, { deliveryId, postVersion, wallAt }: Extract<IncidentAct, { act: 'move' }>): Promise<void> {
    const found = await this.decisions.post(caller.workspaceId, incidentId, deliveryId);
    if (!found) throw fail('desk-not-in-incident');
    await this.posts.move(caller, found.postId, { version: postVersion, wallAt, zone: found.zone });
  }

  private async isTouched(workspaceId: string, incidentId: string | null): Promise<boolean> {
    if (incidentId === null) return (await this.incidents.list({ workspaceId }, { state: 'open', limit: 1 })).items.length > 0;
    return this.incidents.one(workspaceId, incidentId).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DomainError && error.code === 'incident-unknown') return false;
        throw error;
      },
    );
  }

  /** Most of its clients'. */
  private async zoneOf(workspaceId: string): Promise<string> {
    const rows = await this.database.query<{ zone: string }[]>(
      `SELECT zone FROM clients WHERE workspace_id = $1 AND archived_at IS NULL GROUP BY zone ORDER BY count(*) DESC, zone LIMIT 1`, [workspaceId]);
    return rows[0]?.zone ?? 'UTC';
  }
}
