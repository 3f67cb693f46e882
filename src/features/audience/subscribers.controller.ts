import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { ErasureService } from './erasure.service.js';
import { ListMembersService } from './list-members.service.js';
import { PersonalDataService } from './personal-data.service.js';
import {
  FoundSubscriber, FoundSubscriberPage, ListSubscriber, ListSubscriberPage, ListSubscriberQuery, NewSubscriber, PersonalData, Subscriber, SubscriberQuery, TagChange,
} from './subscriber.schema.js';
import { SubscribersService } from './subscribers.service.js';

const id = z.uuid();

@ApiTags('audience')
@Controller()
export class SubscribersController {
  constructor(
    private readonly subscribers: SubscribersService,
    private readonly members: ListMembersService,
    private readonly personal: PersonalDataService,
    private readonly erasure: ErasureService,
  ) {}

  @Get('lists/:id/subscribers')
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: ListSubscriberPage })
  @ApiOkResponse({ standardSchema: ListSubscriberPage })
  onList(@By() { workspaceId }: Caller, @Param('id', { schema: id }) listId: string, @Query({ schema: ListSubscriberQuery }) query: ListSubscriberQuery): Promise<Page<ListSubscriber>> {
    return this.subscribers.onList(workspaceId, listId, query);
  }

  /** Adds one person: confirmed if you say where their consent comes from, else they are asked by letter. */
  @Post('lists/:id/subscribers')
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Subscriber })
  @ApiCreatedResponse({ standardSchema: Subscriber })
  add(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Body({ schema: NewSubscriber }) body: NewSubscriber): Promise<Subscriber> {
    return this.members.add(caller, listId, body);
  }

  @Post('lists/:id/subscribers/:subscriberId/tags')
  @HttpCode(200)
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Subscriber })
  @ApiOkResponse({ standardSchema: Subscriber })
  tag(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Param('subscriberId', { schema: id }) subscriberId: string, @Body({ schema: TagChange }) change: TagChange): Promise<Subscriber> {
    return this.members.tag(caller, listId, { subscriberId, change });
  }

  /** At their wish, which reached you another way than by the link in their mails. */
  @Post('lists/:id/subscribers/:subscriberId/unsubscribe')
  @HttpCode(200)
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Subscriber })
  @ApiOkResponse({ standardSchema: Subscriber })
  unsubscribe(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Param('subscriberId', { schema: id }) subscriberId: string): Promise<Subscriber> {
    return this.members.unsubscribe(caller, listId, subscriberId);
  }

  /** The confirmation letter once more; not within a quarter of an hour, and three a day at most. */
  @Post('lists/:id/subscribers/:subscriberId/ask-again')
  @HttpCode(200)
  @Needs('editor', 'audience:write')
  @SerializeOptions({ schema: Subscriber })
  @ApiOkResponse({ standardSchema: Subscriber })
  askAgain(@By() caller: Caller, @Param('id', { schema: id }) listId: string, @Param('subscriberId', { schema: id }) subscriberId: string): Promise<Subscriber> {
    return this.members.askAgain(caller, listId, subscriberId);
  }

  @Get('subscribers')
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: FoundSubscriberPage })
  @ApiOkResponse({ standardSchema: FoundSubscriberPage })
  find(@By() { workspaceId }: Caller, @Query({ schema: SubscriberQuery }) query: SubscriberQuery): Promise<Page<FoundSubscriber>> {
    return this.subscribers.find(workspaceId, query);
  }

  @Get('subscribers/:id')
  @Needs('editor', 'audience:read')
  @SerializeOptions({ schema: Subscriber })
  @ApiOkResponse({ standardSchema: Subscriber })
  read(@By() { workspaceId }: Caller, @Param('id', { schema: id }) subscriberId: string): Promise<Subscriber> {
    return this.subscribers.read(workspaceId, subscriberId);
  }

  /** Everything known of them, to be handed to them. */
  @Get('subscribers/:id/export')
  @Needs('manager', 'audience:read')
  @SerializeOptions({ schema: PersonalData })
  @ApiOkResponse({ standardSchema: PersonalData })
  export(@By() caller: Caller, @Param('id', { schema: id }) subscriberId: string): Promise<PersonalData> {
    return this.personal.export(caller, subscriberId);
  }

  /** Erases everything known of them; a keyed hash of the address stays, so that nobody imports them again. Cannot be undone. */
  @Delete('subscribers/:id')
  @HttpCode(204)
  @Needs('manager', 'audience:write')
  erase(@By() caller: Caller, @Param('id', { schema: id }) subscriberId: string): Promise<void> {
    return this.erasure.byId(caller, subscriberId);
  }
}
