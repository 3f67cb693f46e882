import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { VersionQuery } from '../workspaces/client.schema.js';
import { ConsentTexts, CountedList, List, ListChange, ListPage, ListQuery, NewList, SignUpForm, SignUpFormQuery } from './list.schema.js';
import { ListsService } from './lists.service.js';
import { embeddedForm } from './sign-up-form.js';

const id = z.uuid();

@ApiTags('audience')
@Controller('lists')
export class ListsController {
  constructor(private readonly lists: ListsService) {}

  @Get()
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: ListPage })
  @ApiOkResponse({ standardSchema: ListPage })
  list(@By() { workspaceId }: Caller, @Query({ schema: ListQuery }) query: ListQuery): Promise<Page<List>> {
    return this.lists.list(workspaceId, query);
  }

  @Get(':id')
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: CountedList })
  @ApiOkResponse({ standardSchema: CountedList })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string): Promise<CountedList> {
    return this.lists.read(workspaceId, listId);
  }

  @Post()
  @Needs('manager', 'audience:write')
  @SerializeOptions({ schema: List })
  @ApiCreatedResponse({ standardSchema: List })
  create(@By() caller: Caller, @Body({ schema: NewList }) body: NewList): Promise<List> {
    return this.lists.create(caller, body);
  }

  @Patch(':id')
  @Needs('manager', 'audience:write')
  @SerializeOptions({ schema: List })
  @ApiOkResponse({ standardSchema: List })
  change(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Body({ schema: ListChange }) body: ListChange): Promise<List> {
    return this.lists.change(caller, listId, body);
  }

  /** Puts a list away: nobody is added, nothing goes out to it; who was on it and why is kept. */
  @Delete(':id')
  @HttpCode(204)
  @Needs('manager', 'audience:write')
  archive(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Query({ schema: VersionQuery }) { version }: z.output<typeof VersionQuery>): Promise<void> {
    return this.lists.archive(caller, listId, version);
  }

  /** Every version of what people agreed to, the newest first. */
  @Get(':id/consent-texts')
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: ConsentTexts })
  @ApiOkResponse({ standardSchema: ConsentTexts })
  texts(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string): Promise<ConsentTexts> {
    return this.lists.texts(workspaceId, listId);
  }

  /** The sign-up form as plain HTML, for any page. */
  @Get(':id/form')
  @Needs('viewer', 'audience:read')
  @SerializeOptions({ schema: SignUpForm })
  @ApiOkResponse({ standardSchema: SignUpForm })
  async form(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string, @Query({ schema: SignUpFormQuery }) { language }: z.output<typeof SignUpFormQuery>): Promise<SignUpForm> {
    const list = await this.lists.read(workspaceId, listId);
    return { link: list.signUpLink, html: embeddedForm(list, language ?? list.language) };
  }
}
