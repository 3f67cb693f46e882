import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { LetterRows } from './letter-rows.js';
import { Outbox } from './outbox.js';
import { Parcels } from './parcels.js';
import { Postman } from './postman.js';
import { ROADS, roadsOf } from './roads.js';

/** Letters: written by any room, carried by the postman. Needs the DataSource, the Clock, the CONFIG, the Metrics and the Watch of the app. */
@Global()
@Module({
  providers: [{ provide: ROADS, inject: [CONFIG], useFactory: (config: Config) => roadsOf(config) }, Outbox, LetterRows, Parcels, Postman],
  exports: [Outbox, LetterRows],
})
export class MailModule {}
