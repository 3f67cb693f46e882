import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { DoorCheck } from './door-check.js';
import { Endpoints } from './endpoints.js';
import { DoorGuard } from './guard.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyKeys } from './idempotency.js';
import { InputPipe } from './input.pipe.js';
import { ProblemFilter } from './problem.filter.js';

/**
 * What stands around every endpoint: the guard, the input's check, idempotency, answers cut to their schema, problems.
 * Needs the DataSource, the Clock, the CONFIG and a Doorkeeper of the app (the workspaces feature brings it).
 * What stands before the endpoints (names, bodies, headers) is `dressApp`.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    Endpoints,
    DoorCheck,
    IdempotencyKeys,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: DoorGuard },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor }, // outside the serializer: what was answered is what is kept
    { provide: APP_INTERCEPTOR, useClass: StandardSchemaSerializerInterceptor },
  ],
  exports: [Endpoints],
})
export class HttpModule {}
