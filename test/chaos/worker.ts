import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { defaultTimes, scaledTimes, type Times } from '../../src/core/times.js';
import { readConfig } from '../../src/infra/config.js';

const { CHAOS_DATABASE_URL: databaseUrl = '', CHAOS_SECRET: secret = '', CHAOS_SCALE: scale = '1', CHAOS_LATE_HOUR_MS: lateHour = '', ...environment } = process.env;
// What is late stays late by the clock of people: a machine busy with killing and starting would else hold posts for them.
const { lateMs, absentMs } = defaultTimes;
// An hour of "one late post an hour" may be shorter, so that a drain ends while processes are killed.
const times: Times = { ...scaledTimes(Number(scale)), lateMs, absentMs, ...(lateHour !== '' && { lateHourMs: Number(lateHour), lateGapMs: 500 }) };
const app = await NestFactory.createApplicationContext(
  AppModule.forRoot({ config: readConfig(environment), databaseUrl, secret, times }),
  { logger: process.env['CHAOS_LOG'] ? ['error', 'warn', 'log'] : ['error'] },
);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.('ready');
