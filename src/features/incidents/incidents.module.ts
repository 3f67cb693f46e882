import { Module } from '@nestjs/common';
import { LibraryModule } from '../library/library.module.js';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { OutletNeedsModule } from '../posts/outlet-needs.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AbsenceService } from './absence.service.js';
import { DecisionsService } from './decisions.service.js';
import { GatherService } from './gather.service.js';
import { IncidentAlarms } from './incident-alarms.service.js';
import { IncidentCommitments } from './incident-commitments.service.js';
import { IncidentCsv } from './incident-csv.service.js';
import { IncidentFacts } from './incident-facts.service.js';
import { IncidentRounds } from './incident-rounds.service.js';
import { IncidentStory } from './incident-story.service.js';
import { IncidentTasks } from './incident-tasks.service.js';
import { IncidentTasksController } from './incident-tasks.controller.js';
import { IncidentWrites } from './incident-writes.service.js';
import { IncidentsController } from './incidents.controller.js';
import { IncidentsService } from './incidents.service.js';
import { NotesController } from './notes.controller.js';
import { NotesService } from './notes.service.js';
import { TallyService } from './tally.service.js';

/** Outages as stories: what fell and when, what was planned on it, and what became of that. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule, LibraryModule, OutletNeedsModule],
  controllers: [IncidentsController, IncidentTasksController, NotesController],
  providers: [
    AbsenceService, DecisionsService, GatherService, IncidentAlarms, IncidentCommitments, IncidentCsv, IncidentFacts, IncidentRounds, IncidentStory, IncidentTasks, IncidentWrites,
    IncidentsService,
    NotesService, TallyService,
  ],
  exports: [DecisionsService, IncidentCommitments, IncidentCsv, IncidentTasks, IncidentsService, NotesService, TallyService],
})
export class IncidentsModule {}
