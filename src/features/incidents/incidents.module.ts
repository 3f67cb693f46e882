import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../posts/deliveries.module.js';
import { AbsenceService } from './absence.service.js';

/** Outages as stories; for now only our own. */
@Module({
  imports: [DeliveriesModule],
  providers: [AbsenceService],
})
export class IncidentsModule {}
