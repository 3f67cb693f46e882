import { Controller, Get, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { connectors } from '../../connectors/registry.js';
import { Needs } from '../../infra/http/access.js';
import { accountForm } from './account-seal.js';
import { figuresOf } from './channel-row.js';
import { ConnectorList } from './channel.schema.js';

@ApiTags('channels')
@Controller('connectors')
export class ConnectorsController {
  /** The same for everybody in this version: nothing of any workspace is in it. */
  readonly #cards: z.output<typeof ConnectorList> = {
    items: connectors.map((connector) => ({
      id: connector.id,
      name: connector.name,
      account: accountForm(connector),
      options: z.toJSONSchema(connector.options, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>,
      capabilities: [...connector.capabilities],
      limits: figuresOf(connector),
      marksLinks: connector.marksLinks === true,
      readsBack: connector.find !== undefined,
    })),
  };

  @Get()
  @Needs('viewer', 'channels:read')
  @SerializeOptions({ schema: ConnectorList })
  @ApiOkResponse({ standardSchema: ConnectorList })
  list(): z.output<typeof ConnectorList> {
    return this.#cards;
  }
}
