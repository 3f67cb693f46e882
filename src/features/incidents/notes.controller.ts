import { Body, Controller, Get, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { PageQuery } from '../../infra/http/page.schema.js';
import { NewNote, Note, NotePage } from './incident.schema.js';
import { NotesService } from './notes.service.js';

const id = z.uuid();

@ApiTags('Incidents')
@Controller('incidents/:id/notes')
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  /** What this workspace wrote down of an incident; nobody else reads it. */
  @Get()
  @Needs('viewer', 'incidents:read')
  @SerializeOptions({ schema: NotePage })
  @ApiOkResponse({ standardSchema: NotePage })
  list(@By() caller: Caller, @Param('id', { schema: id }) incident: string, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<Note>> {
    return this.notes.list(caller, incident, query);
  }

  @Post()
  @Needs('editor', 'incidents:write')
  @SerializeOptions({ schema: Note })
  @ApiCreatedResponse({ standardSchema: Note })
  write(@By() caller: Caller, @Param('id', { schema: id }) incident: string, @Body({ schema: NewNote }) note: NewNote): Promise<Note> {
    return this.notes.write(caller, incident, note);
  }
}
