import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { FreeSlotQuery, FreeSlots, Slot, SlotCreate, Slots } from './slot.schema.js';
import { SlotsService } from './slots.service.js';

const id = z.uuid();

@ApiTags('slots')
@Controller()
export class SlotsController {
  constructor(private readonly slots: SlotsService) {}

  @Get('clients/:clientId/slots')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: Slots })
  @ApiOkResponse({ standardSchema: Slots })
  async list(@By() caller: Caller, @Param('clientId', { schema: id }) clientId: string): Promise<z.output<typeof Slots>> {
    return { items: [...(await this.slots.list(caller, clientId))] };
  }

  @Post('clients/:clientId/slots')
  @Needs('editor', 'posts:write')
  @SerializeOptions({ schema: Slot })
  @ApiCreatedResponse({ standardSchema: Slot })
  create(@By() caller: Caller, @Param('clientId', { schema: id }) clientId: string, @Body({ schema: SlotCreate }) asked: SlotCreate): Promise<Slot> {
    return this.slots.create(caller, clientId, asked);
  }

  @Get('clients/:clientId/slots/free')
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: FreeSlots })
  @ApiOkResponse({ standardSchema: FreeSlots })
  async free(
    @By() caller: Caller,
    @Param('clientId', { schema: id }) clientId: string,
    @Query({ schema: FreeSlotQuery }) query: FreeSlotQuery,
  ): Promise<z.output<typeof FreeSlots>> {
    const { zone, slots } = await this.slots.free(caller, clientId, query);
    return { items: slots.map(({ wall, at }) => ({ wallAt: wall, zone, dueAt: new Date(at).toISOString() })) };
  }

  @Delete('slots/:id')
  @HttpCode(204)
  @Needs('editor', 'posts:write')
  async remove(@By() caller: Caller, @Param('id', { schema: id }) slotId: string): Promise<void> {
    await this.slots.remove(caller, slotId);
  }
}
