import { Module } from '@nestjs/common';
import { AbsenceService } from './absence.service.js';

/** Outages as stories; for now only our own. */
@Module({
  providers: [AbsenceService],
  exports: [AbsenceService],
})
export class IncidentsModule {}
