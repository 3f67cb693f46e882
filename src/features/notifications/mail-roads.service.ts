import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Heartbeat } from '../../infra/heartbeat.js';
import { LetterRows } from '../../infra/mail/letter-rows.js';
import { Outbox } from '../../infra/mail/outbox.js';
import type { Road } from '../../infra/mail/road.js';
import { HealthService } from '../health/health.service.js';
import { OutletsService } from '../health/outlets.service.js';

/** The roads of letters are components like the platforms: judged by the watch, and passed over while they are down. */
@Injectable()
export class MailRoadsService implements OnModuleInit {
  private readonly ids = new Map<Road, string>();

  constructor(
    private readonly outbox: Outbox,
    private readonly letters: LetterRows,
    private readonly outlets: OutletsService,
    private readonly health: HealthService,
    private readonly heartbeat: Heartbeat,
  ) {}

  onModuleInit(): void {
    for (const road of this.outbox.roads) {
      const id = this.outlets.register({
        connectorId: road.kind, name: `Mail by ${road.host}`, host: road.host, infraGroup: null,
        probe: (signal) => road.probe(signal),
        isWanted: () => this.letters.isBusy(),
      });
      this.ids.set(road, id);
    }
    this.outbox.judge((road) => ['down', 'maintenance'].includes(this.health.verdict(this.idOf(road)).state));
    // As probes, not as writes: a mail that goes says nothing of our way to the platforms, the server may be our own.
    this.outbox.report((road, ok, at) => this.health.report(this.idOf(road), { kind: 'probe', at, process: this.heartbeat.workerId, ok }));
  }

  private idOf(road: Road): string {
    return this.ids.get(road) ?? '';
  }
}
