import { Module, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { detectorConfig } from '../../core/detector-config.js';
import { verdicts, type VerdictState } from '../../core/verdict.js';
import { Metrics } from '../../infra/metrics.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AnnouncementsService } from './announcements.service.js';
import { CanariesService } from './canaries.service.js';
import { ComponentNews } from './component-news.service.js';
import { ComponentReads } from './component-reads.service.js';
import { ComponentRows } from './component-rows.service.js';
import { ComponentUses } from './component-uses.service.js';
import { ComponentsController } from './components.controller.js';
import { HealthService } from './health.service.js';
import { MaintenanceWarnings } from './maintenance-warnings.service.js';
import { MaintenancesController } from './maintenances.controller.js';
import { MaintenancesService } from './maintenances.service.js';
import { OfficialService } from './official.service.js';
import { OutletsService } from './outlets.service.js';
import { ProbesService } from './probes.service.js';
import { ScopesService } from './scopes.service.js';
import { SelfGuardService } from './self-guard.service.js';
import { SurroundingsService } from './surroundings.service.js';
import { DETECTOR, HealthWatchService } from './watch.service.js';
import { WitnessesService } from './witnesses.service.js';
import { WordsService } from './words.service.js';

/** Is it them, or me? Evidence in, verdicts out; one leader among the processes judges (DESIGN §7). */
@Module({
  imports: [WorkspacesModule, ChannelsModule, DeliveriesModule],
  controllers: [ComponentsController, MaintenancesController],
  providers: [
    AnnouncementsService, CanariesService, ComponentNews, ComponentReads, ComponentRows, ComponentUses, HealthService, HealthWatchService,
    MaintenancesService, MaintenanceWarnings, OfficialService, OutletsService, ProbesService, ScopesService, SelfGuardService, SurroundingsService,
    WitnessesService, WordsService, { provide: DETECTOR, useValue: detectorConfig },
  ],
  exports: [HealthService, OutletsService],
})
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.metrics.sampled({
      name: 'postern_components',
      help: 'Components by what is said of them.',
      label: 'state',
      sample: async () => {
        const rows = await this.dataSource.query<{ state: string; n: number }[]>('SELECT state, count(*)::int AS n FROM components GROUP BY state');
        return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
      },
    });
    this.metrics.sampled({
      name: 'postern_component_state',
      help: `What is said of each component: ${verdicts.map((state, i) => `${i} ${state}`).join(', ')}.`,
      label: 'component',
      sample: async () => {
        const rows = await this.dataSource.query<{ id: string; state: VerdictState }[]>('SELECT id, state FROM components');
        return Object.fromEntries(rows.map(({ id, state }) => [id, verdicts.indexOf(state)]));
      },
    });
  }
}
