import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { VersionQuery } from '../workspaces/client.schema.js';
import { defaultTemplate } from './default-template.js';
import { NewTemplate, Template, TemplateChange, TemplateList, TemplateQuery } from './template.schema.js';
import { TemplatesService } from './templates.service.js';

const Id = z.uuid();

@ApiTags('Newsletters')
@Controller('templates')
export class TemplatesController {
  constructor(private readonly templates: TemplatesService) {}

  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: TemplateList })
  @Get()
  async list(@By() { workspaceId }: Caller, @Query({ schema: TemplateQuery }) { clientId }: z.output<typeof TemplateQuery>): Promise<TemplateList> {
    return { items: [...(await this.templates.list(workspaceId, clientId ?? null))], standard: defaultTemplate };
  }

  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: Template })
  @Get(':id')
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<Template> {
    return this.templates.read(workspaceId, id);
  }

  /** One that does not compile, or that would include a file, is refused with its lines. */
  @Needs('editor', 'channels:write')
  @SerializeOptions({ schema: Template })
  @Post()
  create(@By() caller: Caller, @Body({ schema: NewTemplate }) body: NewTemplate): Promise<Template> {
    return this.templates.create(caller, body);
  }

  @Needs('editor', 'channels:write')
  @SerializeOptions({ schema: Template })
  @Patch(':id')
  change(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: TemplateChange }) body: TemplateChange): Promise<Template> {
    return this.templates.change(caller, id, body);
  }

  @Needs('editor', 'channels:write')
  @HttpCode(204)
  @Delete(':id')
  archive(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.templates.archive(caller, id, version);
  }
}
