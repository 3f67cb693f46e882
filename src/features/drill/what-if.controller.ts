import { Body, Controller, HttpCode, Post, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { WhatIf, WhatIfAsk } from './what-if.schema.js';
import { WhatIfService } from './what-if.service.js';

@ApiTags('failover')
@Controller('what-if')
export class WhatIfController {
  constructor(private readonly whatIf: WhatIfService) {}

  /** What would become of the calendar if these platforms were down. */
  @Post()
  @HttpCode(200)
  @Needs('viewer', 'posts:read')
  @SerializeOptions({ schema: WhatIf })
  @ApiOkResponse({ standardSchema: WhatIf })
  ask(@By() caller: Caller, @Body({ schema: WhatIfAsk }) asked: WhatIfAsk): Promise<WhatIf> {
    return this.whatIf.ask(caller, asked);
  }
}
