import { Global, Module } from '@nestjs/common';
import { FactLoop } from './fact-loop.js';
import { FactTakers } from './fact-takers.js';
import { FactWriter } from './fact-writer.js';

/** Facts: written anywhere, taken by the features that registered. Needs the DataSource, the Clock and the CONFIG of the app. */
@Global()
@Module({
  providers: [FactWriter, FactTakers, FactLoop],
  exports: [FactWriter, FactTakers, FactLoop],
})
export class FactsModule {}
