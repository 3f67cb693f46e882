import { Module } from '@nestjs/common';
import { CallsModule } from './calls.module.js';
import { GatewaysModule } from './gateways.module.js';
import { SmsModule } from './sms.module.js';

/** The way to telephones (docs/sms.md): gateways, what they may cost, rounds of SMS and calls. */
@Module({ imports: [GatewaysModule, CallsModule, SmsModule] })
export class PhoneModule {}
