import { Body, Controller, Delete, Get, HttpCode, Param, Put, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { By, type Caller, Me, Needs, OperatorOnly, type Person } from '../../infra/http/access.js';
import { ComponentId, ComponentList, NewWord, Word } from './component.schema.js';
import { ComponentReads } from './component-reads.service.js';
import { WordsService } from './words.service.js';

@ApiTags('Health')
@Controller('components')
export class ComponentsController {
  constructor(
    private readonly reads: ComponentReads,
    private readonly words: WordsService,
  ) {}

  /** How the platforms are that this workspace has channels on. */
  @Get()
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: ComponentList })
  @ApiOkResponse({ standardSchema: ComponentList })
  list(@By() caller: Caller): Promise<ComponentList> {
    return this.reads.list(caller);
  }

  /** Say how a component is, whatever is measured: for the operator, over all workspaces. */
  @Put(':id/word')
  @OperatorOnly()
  @SerializeOptions({ schema: Word })
  @ApiOkResponse({ standardSchema: Word })
  say(@Me() { userId, name }: Person, @Param('id', { schema: ComponentId }) id: string, @Body({ schema: NewWord }) word: NewWord): Promise<Word> {
    return this.words.say({ kind: 'operator', id: userId, name }, id, word);
  }

  /** What is measured counts again. */
  @Delete(':id/word')
  @HttpCode(204)
  @OperatorOnly()
  takeBack(@Me() { userId, name }: Person, @Param('id', { schema: ComponentId }) id: string): Promise<void> {
    return this.words.takeBack({ kind: 'operator', id: userId, name }, id);
  }
}
