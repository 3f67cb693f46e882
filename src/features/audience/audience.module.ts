import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AudienceService } from './audience.service.js';
import { PersonalSources } from './personal-sources.service.js';
import { SuppressionRows } from './suppression-rows.service.js';

/** Who is written to, by what consent: lists, subscribers, segments, suppressions, and the pages where people come and go. */
@Module({
  imports: [WorkspacesModule],
  providers: [AudienceService, PersonalSources, SuppressionRows],
  exports: [AudienceService, PersonalSources],
})
export class AudienceModule {}
