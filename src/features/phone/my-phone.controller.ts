import { Body, Controller, Get, Put, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, type Person, SignedIn } from '../../infra/http/access.js';
import { MyPhone, PutMyPhone } from './my-phone.schema.js';
import { MyPhones } from './my-phones.service.js';

/** One's own telephone: nobody else sets it, and without a yes nobody is called. */
@ApiTags('Me')
@Controller('me/phone')
export class MyPhoneController {
  constructor(private readonly phones: MyPhones) {}

  @SignedIn()
  @SerializeOptions({ schema: MyPhone })
  @Get()
  read(@Me() { userId }: Person): Promise<MyPhone> {
    return this.phones.read(userId);
  }

  @SignedIn()
  @SerializeOptions({ schema: MyPhone })
  @Put()
  set(@Me() person: Person, @Body({ schema: PutMyPhone }) body: PutMyPhone): Promise<MyPhone> {
    return this.phones.set(person, body);
  }
}
