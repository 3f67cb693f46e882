import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { HealthModule } from '../health/health.module.js';
import { MediaModule } from '../media/media.module.js';
import { NextDueService } from '../posts/next-due.service.js';
import { UpkeepLoopService } from './upkeep-loop.service.js';
import { UpkeepService } from './upkeep.service.js';

@Module({ imports: [ChannelsModule, HealthModule, MediaModule], providers: [NextDueService, UpkeepService, UpkeepLoopService] })
export class UpkeepModule {}
