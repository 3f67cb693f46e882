import { type DynamicModule, Module } from '@nestjs/common';
import { defaultTimes, type Times } from './core/times.js';
import { AudienceModule } from './features/audience/audience.module.js';
import { BlogModule } from './features/blog/blog.module.js';
import { BroadcastModule } from './features/broadcast/broadcast.module.js';
import { ChannelsModule } from './features/channels/channels.module.js';
import { DeskModule } from './features/desk/desk.module.js';
import { DispatchModule } from './features/dispatch/dispatch.module.js';
import { TIMES } from './core/times.js';
import { DrillModule } from './features/drill/drill.module.js';
import { HealthModule } from './features/health/health.module.js';
import { IncidentsModule } from './features/incidents/incidents.module.js';
import { LibraryModule } from './features/library/library.module.js';
import { MediaModule } from './features/media/media.module.js';
import { NotificationsModule } from './features/notifications/notifications.module.js';
import { DeliveriesModule } from './features/posts/deliveries.module.js';
import { PhoneModule } from './features/phone/phone.module.js';
import { PostsModule } from './features/posts/posts.module.js';
import { UpkeepModule } from './features/upkeep/upkeep.module.js';
import { WebhooksModule } from './features/webhooks/webhooks.module.js';
import { WorkspacesModule } from './features/workspaces/workspaces.module.js';
import { Clock } from './infra/clock.js';
import { CONFIG, type Config } from './infra/config.js';
import { DatabaseModule } from './infra/database/database.module.js';
import { FactsModule } from './infra/facts/facts.module.js';
import { HttpModule } from './infra/http/http.module.js';
import { Outgoing } from './infra/http/outgoing.js';
import { MailModule } from './infra/mail/mail.module.js';
import type { QueueConnection } from './infra/queue/queue-connection.js';
import { QueueModule } from './infra/queue/queue.module.js';
import { Seal } from './infra/seal.js';
import { WatchModule } from './infra/watch.module.js';
import { SandboxModule } from './sandbox.module.js';

/** Every room of the house, in corridor order: one line each. This is the only file that knows them all. */
const rooms = [
  WorkspacesModule,
  MediaModule,
  ChannelsModule,
  AudienceModule,
  DeliveriesModule,
  PostsModule,
  LibraryModule,
  HealthModule,
  UpkeepModule,
  BroadcastModule,
  BlogModule,
  PhoneModule,
  DispatchModule,
  IncidentsModule,
  NotificationsModule,
  WebhooksModule,
  DrillModule,
  DeskModule,
];

/** What is known before the application is made. */
export interface Ground {
  readonly config: Config;
  /** Of a running, migrated database. */
  readonly databaseUrl: string;
  /** Seals credentials: APP_SECRET, or the one kept in DATA_DIR. */
  readonly secret: string;
  /** Another clock, for tests. */
  readonly clock?: Clock;
  /** The protocol's durations, scaled for tests. */
  readonly times?: Times;
  /** Another doorbell, for rehearsals. */
  readonly queue?: QueueConnection;
}

@Module({})
class GroundModule {}

/** The application, for every role: which loops run is each room's own question to CONFIG. */
@Module({})
export class AppModule {
  static forRoot({ config, databaseUrl, secret, clock, times, queue }: Ground): DynamicModule {
    const ground: DynamicModule = {
      module: GroundModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Clock, useValue: clock ?? new Clock() },
        { provide: Seal, useValue: new Seal(secret) },
        { provide: TIMES, useValue: times ?? defaultTimes },
        Outgoing,
      ],
      exports: [CONFIG, Clock, Seal, TIMES, Outgoing],
    };
    const floor = [ground, DatabaseModule.forRoot(databaseUrl), QueueModule.forDatabase(databaseUrl, queue), FactsModule, MailModule, HttpModule, WatchModule, SandboxModule];
    return { module: AppModule, imports: [...floor, ...rooms] };
  }
}
