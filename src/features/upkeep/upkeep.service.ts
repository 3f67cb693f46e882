import { Injectable } from '@nestjs/common';
import type { Look } from '../../connectors/connector.js';
import type { VerdictState } from '../../core/verdict.js';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/instant.js';
import { ChannelCareService, type DueChannel } from '../channels/channel-care.service.js';
import { ChannelLooksService } from '../channels/channel-looks.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { ChannelStatesService } from '../channels/channel-states.service.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { HealthService } from '../health/health.service.js';
import { lookSignal } from '../health/witnesses.service.js';
import { IncomingFilesService } from '../media/incoming-files.service.js';
import { NextDueService } from '../posts/next-due.service.js';
import { judge } from './refusal.js';

/** A dead token is news a quarter of an hour before the post, not at its hour. */
const AHEAD_MS = 15 * MINUTE_MS;
/** Looks of one round; a round every 10 s then gets 7,200 channels done in an hour. */
const LOOKS_AT_ONCE = 20;
/** Witnesses asked about one refusal. */
const WITNESSES = 4;
/** After a day of doubt the person is told whatever others see. */
const DOUBT_AT_MOST_MS = DAY_MS;
const CONFIRM_AFTER_MS = MINUTE_MS;
/** Verdicts under which a refusal may be the platform's. `suspect` is not one: a single refused account is enough for it. */
const inDoubt: ReadonlySet<VerdictState> = new Set(['down', 'maintenance', 'recovering'] satisfies VerdictState[]);

/** Keeps what is connected in order: looks at each channel daily and before it is needed, and clears up refusals. */
@Injectable()
export class UpkeepService {
  #sweptAt: Instant = 0;
  #toldAt: Instant = 0;

  constructor(
    private readonly care: ChannelCareService,
    private readonly looks: ChannelLooksService,
    private readonly opened: OpenChannelsService,
    private readonly states: ChannelStatesService,
    private readonly nextDue: NextDueService,
    private readonly incoming: IncomingFilesService,
    private readonly health: HealthService,
    private readonly heartbeat: Heartbeat,
  ) {}

  /**
   * One round; call it every 10 to 30 s, from as many processes as there are. Answers how many channels were looked at.
   */
  async round(now: Instant, signal?: AbortSignal): Promise<number> {
    const due = await this.care.claimForLook(await this.nextDue.channelsDueWithin(AHEAD_MS), LOOKS_AT_ONCE);
    if (due.length > 0) {
      const ids = due.map(({ id }) => id);
      const looks = await this.looks.lookAt(ids, signal);
      const apps = await this.opened.apps(ids);
      for (const channel of due) {
        const seen = lookSignal(channel, looks.get(channel.id), { at: now, process: this.heartbeat.workerId, clients: 0, app: apps.get(channel.id) ?? null }); // the leader knows how many
        if (seen) this.health.report(channel.componentId, seen);
        await this.#conclude(channel, looks.get(channel.id), signal);
      }
    }
    await this.#chores(now);
    return due.length;
  }

  /**
   * A refusal seen twice, a minute apart, is this account's own unless other clients' accounts are refused alike. While
   * the platform itself is in doubt nobody is told to reconnect (DESIGN §2.4).
   */
  async #conclude(channel: DueChannel, look: Look | undefined, signal?: AbortSignal): Promise<void> {
    if (channel.state !== 'checking' || look?.kind !== 'unauthorized' || channel.stateForMs < CONFIRM_AFTER_MS) return;
    const { state, impaired } = this.health.verdict(channel.componentId);
    if ((impaired || inDoubt.has(state)) && channel.stateForMs <= DOUBT_AT_MOST_MS) return;
    const siblings = await this.care.siblingsOf(channel.id, WITNESSES);
    const apps = await this.opened.apps([channel.id, ...siblings.map(({ id }) => id)]);
    const app = apps.get(channel.id) ?? null;
    // One in order is enough to clear the platform, but not an app of ours that it does not work through.
    const clears = siblings.some(({ id, fine }) => fine && (app === null || apps.get(id) === app));
    const asked = clears ? new Map<string, Look>() : await this.looks.lookAt(siblings.filter(({ fine }) => !fine).map(({ id }) => id), signal);
    const verdict = judge(siblings.map(({ id, fine }) => ({ says: fine ? 'fine' : (asked.get(id)?.kind ?? 'unknown'), app: apps.get(id) ?? null })), app);
    if (verdict === 'own' || channel.stateForMs > DOUBT_AT_MOST_MS) await this.states.markReconnect(channel.id, look.detail);
  }

  async #chores(now: Instant): Promise<void> {
    if (now - this.#toldAt >= 10 * MINUTE_MS) {
      this.#toldAt = now;
      await this.care.tellExpiring();
    }
    if (now - this.#sweptAt >= HOUR_MS) {
      this.#sweptAt = now;
      await this.incoming.sweep(now);
    }
  }
}
