import { Global, Module } from '@nestjs/common';
import { Outgoing } from './outgoing.js';

/** The only way out, for every room. Needs the CONFIG and the Clock of the app. */
@Global()
@Module({ providers: [Outgoing], exports: [Outgoing] })
export class OutgoingModule {}
