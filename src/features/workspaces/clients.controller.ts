import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { Client, ClientChange, ClientPage, ClientQuery, NewClient, VersionQuery } from './client.schema.js';
import { ClientsService } from './clients.service.js';

const ClientId = z.uuid();

@ApiTags('Clients')
@Controller('clients')
export class ClientsController {
  constructor(private readonly clients: ClientsService) {}

  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: ClientPage })
  @Get()
  list(@By() { workspaceId }: Caller, @Query({ schema: ClientQuery }) query: ClientQuery): Promise<Page<Client>> {
    return this.clients.list(workspaceId, query);
  }

  @Needs('viewer', 'clients:read')
  @SerializeOptions({ schema: Client })
  @Get(':id')
  read(@By() { workspaceId }: Caller, @Param('id', { schema: ClientId }) id: string): Promise<Client> {
    return this.clients.read(workspaceId, id);
  }

  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: Client })
  @Post()
  create(@By() caller: Caller, @Body({ schema: NewClient }) body: NewClient): Promise<Client> {
    return this.clients.create(caller, body);
  }

  /** What is left out stays; `contacts`, `day` and `latePace` are each replaced whole. */
  @Needs('manager', 'clients:write')
  @SerializeOptions({ schema: Client })
  @Patch(':id')
  change(@By() caller: Caller, @Param('id', { schema: ClientId }) id: string, @Body({ schema: ClientChange }) body: ClientChange): Promise<Client> {
    return this.clients.change(caller, id, body);
  }

  /** Puts a client away; nothing of it is deleted. */
  @Needs('manager', 'clients:write')
  @HttpCode(204)
  @Delete(':id')
  archive(@By() caller: Caller, @Param('id', { schema: ClientId }) id: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.clients.archive(caller, id, version);
  }
}
