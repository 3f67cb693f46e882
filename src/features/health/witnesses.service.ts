import { Injectable } from '@nestjs/common';
import type { Look } from '../../connectors/connector.js';
import type { Instant } from '../../core/instant.js';
import type { Signal } from '../../core/signal.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { ChannelComponentsService, type UsedComponent, type Witnessing } from '../channels/channel-components.service.js';
import { ChannelLooksService } from '../channels/channel-looks.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { VerificationsService } from '../posts/verifications.service.js';

/** Channels asked at a time: more than the clients of an agency, and few enough for any platform. */
const WITNESSES = 24;
/** Posts of other clients read back when one is nowhere to be seen. */
const READ_BACKS = 6;

/** Asks the other channels of a component when one of them was refused (DESIGN §7, small installations). */
@Injectable()
export class WitnessesService {
  constructor(
    private readonly components: ChannelComponentsService,
    private readonly looks: ChannelLooksService,
    private readonly opened: OpenChannelsService,
    private readonly verifications: VerificationsService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /** Every channel of the component is asked who it is; what they say, as signals. */
  async ask({ id, clients }: UsedComponent, signal: AbortSignal): Promise<readonly Signal[]> {
    const witnesses = await this.components.witnesses(id, WITNESSES);
    const at = this.clock.now();
    const ids = witnesses.map((one) => one.id);
    const looks = await this.looks.lookAt(ids, signal);
    const apps = await this.opened.apps(ids);
    return witnesses.flatMap((witness) => lookSignal(witness, looks.get(witness.id), { at, process: this.heartbeat.workerId, clients, app: apps.get(witness.id) ?? null }) ?? []);
  }

  /** What other clients published lately, or what tells whether an outage is over, is read back soon; the workers report what they see. */
  async readBack({ id }: UsedComponent, downSince: Instant | null): Promise<void> {
    await (downSince === null ? this.verifications.soon(id, READ_BACKS) : this.verifications.accusers(id, READ_BACKS, downSince));
  }
}

/** What a look tells of the platform; null = nothing. */
export function lookSignal(witness: Witnessing, look: Look | undefined, seen: { readonly at: Instant; readonly process: string; readonly clients: number; readonly app: string | null }): Signal | null {
  if (!look || look.kind === 'local') return null;
  const result = look.kind === 'ok' ? 'ok' : look.kind === 'unauthorized' || look.kind === 'throttled' ? 'refused' : 'failed';
  return { kind: 'look', ...seen, account: witness.id, client: witness.clientId, workspace: witness.workspaceId, result };
}
