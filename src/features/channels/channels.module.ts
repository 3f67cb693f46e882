import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AccountSeal } from './account-seal.js';
import { ChannelCareService } from './channel-care.service.js';
import { ChannelComponentsService } from './channel-components.service.js';
import { ChannelLooksService } from './channel-looks.service.js';
import { ChannelResealService } from './channel-reseal.service.js';
import { ChannelStatesService } from './channel-states.service.js';
import { ChannelTroublesService } from './channel-troubles.service.js';
import { ChannelsController } from './channels.controller.js';
import { ChannelsService } from './channels.service.js';
import { ConnectingService } from './connecting.service.js';
import { ConnectorsController } from './connectors.controller.js';
import { HouseOutlets } from './house-outlets.service.js';
import { OpenChannelsService } from './open-channels.service.js';
import { ChannelSessionsService } from './channel-sessions.service.js';
import { WorldMaker } from './world.service.js';

/** Channels: connected outlets, their sealed accounts and sessions, and the worlds connectors act in. */
@Module({
  imports: [WorkspacesModule, MediaModule],
  controllers: [ChannelsController, ConnectorsController],
  providers: [
    AccountSeal, ChannelCareService, ChannelComponentsService, ChannelLooksService, ChannelResealService, ChannelSessionsService, ChannelStatesService, ChannelsService, ChannelTroublesService, ConnectingService, HouseOutlets,
    OpenChannelsService, WorldMaker,
  ],
  exports: [ConnectingService, ChannelCareService, ChannelComponentsService, ChannelLooksService, ChannelResealService, ChannelStatesService, ChannelsService, ChannelTroublesService, HouseOutlets, OpenChannelsService, WorldMaker],
})
export class ChannelsModule {}
