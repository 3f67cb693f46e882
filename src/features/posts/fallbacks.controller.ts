import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { timeWordOf } from '../../core/time-words.js';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { AfterReroutes } from './after-reroutes.service.js';
import { ClientWays } from './client-ways.service.js';
import { FallbackList, FallbackWrite, IfDown, IfDownAsk, ReroutedPage, ReroutedQuery, Settle, WayOut, WayOutSet } from './fallback.schema.js';
import { FallbacksService } from './fallbacks.service.js';
import { IfDownService } from './if-down.service.js';

const id = z.uuid();

/** What posts do when their platform is down. */
@ApiTags('failover')
@Controller()
export class FallbacksController {
  constructor(
    private readonly fallbacks: FallbacksService,
    private readonly ifDown: IfDownService,
    private readonly after: AfterReroutes,
    private readonly ways: ClientWays,
  ) {}

  /** The sentence under a post, before it is saved. */
  @Post('posts/if-down')
  @HttpCode(200)
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: IfDown })
  @ApiOkResponse({ standardSchema: IfDown })
  async say(@By() caller: Caller, @Body({ schema: IfDownAsk }) { dueAt, ...asked }: IfDownAsk): Promise<IfDown> {
    return { sentence: await this.ifDown.say(caller, { ...asked, dueAt: dueAt === undefined ? null : Date.parse(dueAt) }), timeWord: timeWordOf(asked.texts ?? []) };
  }

  /** Where a client’s posts go that name no outlets of their own. */
  @Get('clients/:clientId/way-out')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: WayOut })
  @ApiOkResponse({ standardSchema: WayOut })
  async wayOut(@By() caller: Caller, @Param('clientId', { schema: id }) clientId: string): Promise<z.output<typeof WayOut>> {
    return { clientId, rerouteTo: (await this.ways.read(caller, clientId)).map((set) => [...set]) };
  }

  @Put('clients/:clientId/way-out')
  @Needs('manager', 'posts:write')
  @SerializeOptions({ schema: WayOut })
  @ApiOkResponse({ standardSchema: WayOut })
  async setWayOut(@By() caller: Caller, @Param('clientId', { schema: id }) clientId: string, @Body({ schema: WayOutSet }) { rerouteTo }: z.output<typeof WayOutSet>): Promise<z.output<typeof WayOut>> {
    return { clientId, rerouteTo: (await this.ways.set(caller, clientId, rerouteTo)).map((set) => [...set]) };
  }

  /** What a post says elsewhere, by outlet. */
  @Get('posts/:postId/fallbacks')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: FallbackList })
  @ApiOkResponse({ standardSchema: FallbackList })
  async list(@By() caller: Caller, @Param('postId', { schema: id }) postId: string): Promise<z.output<typeof FallbackList>> {
    return { items: [...(await this.fallbacks.list(caller, postId))] };
  }

  /** Write or approve what it says there. */
  @Put('posts/:postId/fallbacks/:channelId')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: FallbackList })
  @ApiOkResponse({ standardSchema: FallbackList })
  async write(
    @By() caller: Caller, @Param('postId', { schema: id }) postId: string, @Param('channelId', { schema: id }) channelId: string, @Body({ schema: FallbackWrite }) body: FallbackWrite,
  ): Promise<z.output<typeof FallbackList>> {
    return { items: [...(await this.fallbacks.write(caller, { postId, channelId }, body))] };
  }

  @Delete('posts/:postId/fallbacks/:channelId')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  remove(@By() caller: Caller, @Param('postId', { schema: id }) postId: string, @Param('channelId', { schema: id }) channelId: string): Promise<void> {
    return this.fallbacks.remove(caller, { postId, channelId });
  }

  /** What went out elsewhere, newest first, and what becomes of it on its own platform. */
  @Get('reroutes')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: ReroutedPage })
  @ApiOkResponse({ standardSchema: ReroutedPage })
  async rerouted(@By() caller: Caller, @Query({ schema: ReroutedQuery }) query: ReroutedQuery): Promise<z.output<typeof ReroutedPage>> {
    const { items, next } = await this.after.list(caller, query);
    return { items: [...items], next };
  }

  /** Publish it late on its own platform after all, or leave it out. */
  @Post('reroutes/:deliveryId/settle')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  settle(@By() caller: Caller, @Param('deliveryId', { schema: id }) deliveryId: string, @Body({ schema: Settle }) body: Settle): Promise<void> {
    return this.after.settle(caller, deliveryId, body);
  }
}
