import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { scaledTimes } from '../../src/core/times.js';
import { readConfig } from '../../src/infra/config.js';

const { CHAOS_DATABASE_URL: databaseUrl = '', CHAOS_SECRET: secret = '', CHAOS_SCALE: scale = '1', ...environment } = process.env;
const app = await NestFactory.createApplicationContext(
  AppModule.forRoot({ config: readConfig(environment), databaseUrl, secret, times: scaledTimes(Number(scale)) }),
  { logger: process.env['CHAOS_LOG'] ? ['error', 'warn', 'log'] : ['error'] },
);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.('ready');
