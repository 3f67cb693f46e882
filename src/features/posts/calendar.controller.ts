import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Calendar, CalendarQuery } from './calendar.schema.js';
import { CalendarService } from './calendar.service.js';

@ApiTags('posts')
@Controller('calendar')
export class CalendarController {
  constructor(private readonly calendar: CalendarService) {}

  /** JSON as the service wrote it: ten thousand cards are not gone through once more on the way out. */
  @Get()
  @Needs('viewer', 'posts:read')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOkResponse({ standardSchema: Calendar })
  read(@By() caller: Caller, @Query({ schema: CalendarQuery }) query: CalendarQuery): Promise<string> {
    return this.calendar.month(caller, query);
  }
}
