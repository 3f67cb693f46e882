import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Calendar, CalendarQuery } from './calendar.schema.js';
import { CalendarService } from './calendar.service.js';

@ApiTags('posts')
@Controller('calendar')
export class CalendarController {
  constructor(private readonly calendar: CalendarService) {}

  /** The service makes exactly what the schema says, so ten thousand cards are not gone through once more on the way out. */
  @Get()
  @Needs('viewer', 'posts:read')
  @ApiOkResponse({ standardSchema: Calendar })
  read(@By() caller: Caller, @Query({ schema: CalendarQuery }) query: CalendarQuery): Promise<Calendar> {
    return this.calendar.month(caller, query);
  }
}
