import { Body, Controller, Delete, Get, HttpCode, Param, Post, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { ApiKeyList, MadeApiKey, NewApiKey } from './key.schema.js';
import { KeysService } from './keys.service.js';

/** No key makes keys. */
@ApiTags('API keys')
@Controller('keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Needs('manager', null)
  @SerializeOptions({ schema: ApiKeyList })
  @Get()
  async list(@By() { workspaceId }: Caller): Promise<z.output<typeof ApiKeyList>> {
    return { items: [...(await this.keys.list(workspaceId))] };
  }

  /** The key itself is in this answer and nowhere else. */
  @Needs('manager', null)
  @SerializeOptions({ schema: MadeApiKey })
  @Post()
  make(@By() { workspaceId, actor, role }: Caller, @Body({ schema: NewApiKey }) body: NewApiKey): Promise<MadeApiKey> {
    return this.keys.make({ workspaceId, actor, role, userId: actor.id }, body);
  }

  @Needs('manager', null)
  @HttpCode(204)
  @Delete(':id')
  revoke(@By() caller: Caller, @Param('id', { schema: z.uuid() }) id: string): Promise<void> {
    return this.keys.revoke(caller, id);
  }
}
