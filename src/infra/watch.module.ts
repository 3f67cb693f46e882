import { Global, Module } from '@nestjs/common';
import { Partitions } from './database/partitions.js';
import { CALL_OPERATOR, type CallOperator, HeartbeatUrl } from './heartbeat-url.js';
import { Heartbeat } from './heartbeat.js';
import { HouseFigures } from './house-figures.js';
import { HealthController } from './http/health.controller.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';
import { Rounds } from './rounds.js';
import { Watch } from './watch.js';
import { Workers } from './workers.js';

const callOperator: CallOperator = (url, signal) => fetch(url, { signal, redirect: 'follow' });

/** Whether the house lives, and who is told: heartbeats, rounds, health, figures. Needs the DataSource, the Clock and the CONFIG of the app. */
@Global()
@Module({
  providers: [
    Heartbeat, Rounds, Workers, Partitions, Readiness, Metrics, HouseFigures, HeartbeatUrl, Watch,
    { provide: CALL_OPERATOR, useValue: callOperator },
  ],
  controllers: [HealthController],
  exports: [Heartbeat, Rounds, Workers, Readiness, Metrics, Watch],
})
export class WatchModule {}
