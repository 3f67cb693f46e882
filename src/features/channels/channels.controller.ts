import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ChannelLooksService } from './channel-looks.service.js';
import { Channel, ChannelPage, ChannelQuery, ConnectChannel, EditChannel, LookedAt, ReconnectChannel } from './channel.schema.js';
import { ChannelTroublesService } from './channel-troubles.service.js';
import { ChannelsService } from './channels.service.js';
import { ConnectingService } from './connecting.service.js';

const id = z.uuid();

@ApiTags('channels')
@Controller('channels')
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly connecting: ConnectingService,
    private readonly looks: ChannelLooksService,
    private readonly troubles: ChannelTroublesService,
  ) {}

  @Post()
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Channel })
  @ApiCreatedResponse({ standardSchema: Channel })
  connect(@By() caller: Caller, @Body({ schema: ConnectChannel }) asked: ConnectChannel): Promise<Channel> {
    return this.told(caller, this.connecting.connect(caller, asked));
  }

  @Get()
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: ChannelPage })
  @ApiOkResponse({ standardSchema: ChannelPage })
  async list(@By() caller: Caller, @Query({ schema: ChannelQuery }) query: ChannelQuery): Promise<z.output<typeof ChannelPage>> {
    const { items, next } = await this.channels.list(caller.workspaceId, query);
    return { items: await this.troubles.told(caller, items), next };
  }

  @Get(':id')
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: Channel })
  @ApiOkResponse({ standardSchema: Channel })
  read(@By() caller: Caller, @Param('id', { schema: id }) channelId: string): Promise<Channel> {
    return this.told(caller, this.channels.read(caller.workspaceId, channelId));
  }

  @Patch(':id')
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Channel })
  @ApiOkResponse({ standardSchema: Channel })
  edit(@By() caller: Caller, @Param('id', { schema: id }) channelId: string, @Body({ schema: EditChannel }) asked: EditChannel): Promise<Channel> {
    return this.told(caller, this.connecting.edit(caller, channelId, asked));
  }

  @Post(':id/reconnect')
  @HttpCode(200)
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Channel })
  @ApiOkResponse({ standardSchema: Channel })
  reconnect(
    @By() caller: Caller,
    @Param('id', { schema: id }) channelId: string,
    @Body({ schema: ReconnectChannel }) asked: ReconnectChannel,
  ): Promise<Channel> {
    return this.told(caller, this.connecting.reconnect(caller, channelId, asked));
  }

  @Post(':id/look')
  @HttpCode(200)
  @Needs('editor', 'channels:write')
  @SerializeOptions({ schema: LookedAt })
  @ApiOkResponse({ standardSchema: LookedAt })
  async look(@By() caller: Caller, @Param('id', { schema: id }) channelId: string): Promise<LookedAt> {
    const before = await this.channels.read(caller.workspaceId, channelId); // 404 for a foreign one, before anything is opened
    const look = before.archivedAt === null ? (await this.looks.lookAt([channelId])).get(channelId) : undefined;
    const channel = await this.told(caller, this.channels.read(caller.workspaceId, channelId));
    return { channel, healthy: look?.kind === 'ok', detail: look && look.kind !== 'ok' ? look.detail : null };
  }

  @Delete(':id')
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Channel })
  @ApiOkResponse({ standardSchema: Channel })
  archive(@By() caller: Caller, @Param('id', { schema: id }) channelId: string): Promise<Channel> {
    return this.told(caller, this.connecting.archive(caller, channelId));
  }

  private async told(caller: Caller, reading: Promise<Channel>): Promise<Channel> {
    const channel = await reading;
    return (await this.troubles.told(caller, [channel]))[0] ?? channel;
  }
}
