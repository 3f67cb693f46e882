import { Module } from '@nestjs/common';

/** The way to telephones (docs/sms.md): gateways, what they may cost, rounds of SMS and calls. */
@Module({})
export class PhoneModule {}
