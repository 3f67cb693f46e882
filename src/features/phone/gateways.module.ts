import { Module } from '@nestjs/common';
import { AudienceModule } from '../audience/audience.module.js';
import { HealthModule } from '../health/health.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CallbacksController } from './callbacks.controller.js';
import { CallbacksService } from './callbacks.service.js';
import { GatewayController } from './gateway.controller.js';
import { GatewaySettings } from './gateway-settings.service.js';
import { GatewayTrials } from './gateway-trials.service.js';
import { Gateways } from './gateways.service.js';
import { MyPhoneController } from './my-phone.controller.js';
import { MyPhones } from './my-phones.service.js';
import { PhoneNews } from './phone-news.service.js';

/** By which gateway telephones are reached, and what comes back from it. */
@Module({
  imports: [WorkspacesModule, AudienceModule, HealthModule],
  controllers: [CallbacksController, GatewayController, MyPhoneController],
  providers: [CallbacksService, Gateways, GatewaySettings, GatewayTrials, MyPhones, PhoneNews],
  exports: [Gateways, PhoneNews],
})
export class GatewaysModule {}
