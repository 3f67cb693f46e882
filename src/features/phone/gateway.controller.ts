import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { GatewaySettings } from './gateway-settings.service.js';
import { GatewayTrials } from './gateway-trials.service.js';
import { Gateway, GatewaySecret, GatewayTest, GatewayTestResult, GatewayVersion, NewGatewaySecret, PutGateway } from './gateway.schema.js';

/** By which gateway the workspace reaches telephones. */
@ApiTags('Phone')
@Controller('phone/gateway')
export class GatewayController {
  constructor(
    private readonly settings: GatewaySettings,
    private readonly trials: GatewayTrials,
  ) {}

  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: Gateway })
  @Get()
  read(@By() { workspaceId }: Caller): Promise<Gateway> {
    return this.settings.read(workspaceId);
  }

  /** Sets it up, or changes it; all but `account` is replaced whole. */
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: Gateway })
  @Put()
  put(@By() caller: Caller, @Body({ schema: PutGateway }) body: PutGateway): Promise<Gateway> {
    return this.settings.put(caller, body);
  }

  @Needs('manager', 'channels:write')
  @HttpCode(204)
  @Delete()
  remove(@By() caller: Caller, @Query({ schema: GatewayVersion }) { version }: z.output<typeof GatewayVersion>): Promise<void> {
    return this.settings.remove(caller, version);
  }

  /** An SMS at once, to a number that a member entered as their own; it counts towards nobody's limit. */
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: GatewayTestResult })
  @HttpCode(200)
  @Post('test')
  test(@By() caller: Caller, @Body({ schema: GatewayTest }) { to }: z.output<typeof GatewayTest>): Promise<GatewayTestResult> {
    return this.trials.send(caller, to);
  }

  /** For a gateway of one's own: what it signs with. The secret before ends at once. */
  @Needs('manager', 'channels:write')
  @SerializeOptions({ schema: GatewaySecret })
  @HttpCode(200)
  @Post('secret')
  secret(@By() caller: Caller, @Body({ schema: NewGatewaySecret }) { version }: z.output<typeof NewGatewaySecret>): Promise<z.output<typeof GatewaySecret>> {
    return this.settings.newSecret(caller, version);
  }
}
