import { Controller, HttpCode, Post, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Me, type Person, SignedIn } from '../../infra/http/access.js';
import { DemoService } from './demo.service.js';
import { DemoAgain } from './demo.schema.js';

@ApiTags('Demo')
@Controller('demo')
export class DemoController {
  constructor(private readonly demo: DemoService) {}

  /** Plans the demo's posts anew, for the next ten minutes; for editors of the demo workspace. */
  @SignedIn()
  @SerializeOptions({ schema: DemoAgain })
  @HttpCode(201)
  @Post('again')
  async again(@Me() person: Person): Promise<z.output<typeof DemoAgain>> {
    return { posts: await this.demo.again(person) };
  }
}
