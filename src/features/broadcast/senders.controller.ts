import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { HookSecret, NewSender, PauseSender, Sender, SenderChange, SenderList, SenderQuery, TestLetter, TestResult } from './sender.schema.js';
import { SenderPauses } from './sender-pauses.service.js';
import { SendersService } from './senders.service.js';
import { TestLetters } from './test-letters.service.js';

const Id = z.uuid();

@ApiTags('Newsletters')
@Controller('senders')
export class SendersController {
  constructor(
    private readonly senders: SendersService,
    private readonly pauses: SenderPauses,
    private readonly tests: TestLetters,
  ) {}

  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: SenderList })
  @Get()
  async list(@By() { workspaceId }: Caller, @Query({ schema: SenderQuery }) { clientId }: z.output<typeof SenderQuery>): Promise<z.output<typeof SenderList>> {
    return { items: [...(await this.senders.list(workspaceId, clientId ?? null))] };
  }

  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: Sender })
  @Get(':id')
  read(@By() { workspaceId }: Caller, @Param('id', { schema: Id }) id: string): Promise<Sender> {
    return this.senders.read(workspaceId, id);
  }

  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Sender })
  @Post()
  create(@By() caller: Caller, @Body({ schema: NewSender }) body: NewSender): Promise<Sender> {
    return this.senders.create(caller, body);
  }

  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Sender })
  @Patch(':id')
  change(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: SenderChange }) body: SenderChange): Promise<Sender> {
    return this.senders.change(caller, id, body);
  }

  /** Asks the DNS for SPF, DKIM and DMARC; only with all three the sender writes to real people. */
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Sender })
  @HttpCode(200)
  @Post(':id/check')
  check(@By() caller: Caller, @Param('id', { schema: Id }) id: string): Promise<Sender> {
    return this.senders.check(caller, id);
  }

  /** A trial to a member of the workspace, through the sender's own server, at once. */
  @Needs('editor', 'channels:write')
  @SerializeOptions({ schema: TestResult })
  @HttpCode(200)
  @Post(':id/test')
  test(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: TestLetter }) { to }: z.output<typeof TestLetter>): Promise<TestResult> {
    return this.tests.send(caller, id, to);
  }

  /** Everything this sender has under way stops at the next mail, or goes on. */
  @Needs('editor', 'channels:write')
  @SerializeOptions({ schema: Sender })
  @HttpCode(200)
  @Post(':id/pause')
  pause(@By() caller: Caller, @Param('id', { schema: Id }) id: string, @Body({ schema: PauseSender }) { version, paused }: z.output<typeof PauseSender>): Promise<Sender> {
    return paused ? this.pauses.pauseByPerson(caller, id, version) : this.pauses.resume(caller, id, version);
  }

  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: HookSecret })
  @HttpCode(200)
  @Post(':id/hook-secret')
  hookSecret(@By() caller: Caller, @Param('id', { schema: Id }) id: string): Promise<z.output<typeof HookSecret>> {
    return this.senders.newHookSecret(caller, id);
  }
}
