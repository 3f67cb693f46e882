import { Module } from '@nestjs/common';
import { GatewaysModule } from './gateways.module.js';

/** The way to telephones (docs/sms.md): gateways, what they may cost, rounds of SMS and calls. */
@Module({ imports: [GatewaysModule] })
export class PhoneModule {}
