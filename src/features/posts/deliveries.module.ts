import { Module } from '@nestjs/common';
import { BellsService } from './bells.service.js';
import { ClaimsService } from './claims.service.js';
import { DuesService } from './dues.service.js';
import { LatesService } from './lates.service.js';
import { LooksService } from './looks.service.js';
import { OutcomesService } from './outcomes.service.js';
import { PreparationsService } from './preparations.service.js';
import { SweepsService } from './sweeps.service.js';

const statements = [BellsService, ClaimsService, DuesService, LatesService, LooksService, OutcomesService, PreparationsService, SweepsService];

/** Every statement that moves a delivery. */
@Module({ providers: statements, exports: statements })
export class DeliveriesModule {}
