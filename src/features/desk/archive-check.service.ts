import { Injectable, type OnModuleInit } from '@nestjs/common';
import { problems } from '../../infra/http/problem.js';
import { ChannelsService } from '../channels/channels.service.js';
import { ClientsService } from '../workspaces/clients.service.js';

const fail = problems({
  'client-in-use': {
    status: 409,
    en: 'This client still has channels ({names}). Put those away first: that tells whether anything is still to go out.',
    it: 'Questo cliente ha ancora canali ({names}). Archiviali prima: così si vede se qualcosa deve ancora uscire.',
  },
});

/** A client with channels in use is not put away: its posts would go on, out of everybody's sight. */
@Injectable()
export class ArchiveCheckService implements OnModuleInit {
  constructor(
    private readonly clients: ClientsService,
    private readonly channels: ChannelsService,
  ) {}

  onModuleInit(): void {
    this.clients.beforeArchive(async (manager, workspaceId, clientId) => {
      const { items } = await this.channels.list(workspaceId, { limit: 5, clientId, archived: false }, manager);
      if (items.length > 0) throw fail('client-in-use', { names: items.map(({ name }) => name).join(', ') });
    });
  }
}
