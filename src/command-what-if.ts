import 'reflect-metadata';
import type { OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { NewsletterNeeds } from './features/broadcast/newsletter-needs.service.js';
import { NewsletterReadiness } from './features/broadcast/newsletter-readiness.service.js';
import type { WhatIf, WhatIfAsk } from './features/drill/what-if.schema.js';
import { WhatIfService } from './features/drill/what-if.service.js';
import { SmsReadiness } from './features/phone/sms-readiness.service.js';
import { OperatorService } from './features/workspaces/operator.service.js';
import { Clock } from './infra/clock.js';
import type { Config } from './infra/config.js';
import { rehearsedQueue } from './infra/rehearsal/rehearsed-queue.js';
import { readSecret } from './infra/secret-file.js';

/**
 * As the API answers, lists, limits and costs with it: every room is there, and none is opened. Without `init` nothing begins to run,
 * so it may be asked beside a running Postern, and its doorbell rings nowhere.
 */
export async function whatIf(config: Config, databaseUrl: string, { workspace, ...asked }: WhatIfAsk & { readonly workspace: string }): Promise<WhatIf> {
  const [clock, secret] = [new Clock(), await readSecret(config.DATA_DIR, config.APP_SECRET)];
  const house = await NestFactory.create(AppModule.forRoot({ config, databaseUrl, secret, clock, queue: rehearsedQueue(clock) }), { logger: false, abortOnError: false });
  try {
    // What they say in `init`: who knows of lists, limits and costs.
    for (const known of [NewsletterReadiness, NewsletterNeeds, SmsReadiness]) house.get<OnModuleInit>(known, { strict: false }).onModuleInit();
    const { id: workspaceId } = await house.get(OperatorService, { strict: false }).workspace(workspace);
    return await house.get(WhatIfService, { strict: false }).ask({ workspaceId, language: 'en' }, asked);
  } finally {
    await house.close();
  }
}
