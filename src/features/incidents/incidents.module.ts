import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AbsenceService } from './absence.service.js';
import { DecisionsService } from './decisions.service.js';
import { GatherService } from './gather.service.js';
import { IncidentAlarms } from './incident-alarms.service.js';
import { IncidentCsv } from './incident-csv.service.js';
import { IncidentFacts } from './incident-facts.service.js';
import { IncidentRounds } from './incident-rounds.service.js';
import { IncidentStory } from './incident-story.service.js';
import { IncidentWrites } from './incident-writes.service.js';
import { IncidentsController } from './incidents.controller.js';
import { IncidentsService } from './incidents.service.js';
import { NotesController } from './notes.controller.js';
import { NotesService } from './notes.service.js';
import { TallyService } from './tally.service.js';

/** Outages as stories: what fell and when, what was planned on it, and what became of that. */
@Module({
  imports: [WorkspacesModule, DeliveriesModule],
  controllers: [IncidentsController, NotesController],
  providers: [
    AbsenceService, DecisionsService, GatherService, IncidentAlarms, IncidentCsv, IncidentFacts, IncidentRounds, IncidentStory, IncidentWrites, IncidentsService,
    NotesService, TallyService,
  ],
  exports: [DecisionsService, IncidentCsv, IncidentsService, NotesService, TallyService],
})
export class IncidentsModule {}
