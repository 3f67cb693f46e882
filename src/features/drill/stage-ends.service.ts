import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { ConnectingService } from '../channels/connecting.service.js';
import { PostEdits } from '../posts/post-edits.service.js';
import { UsersService } from '../workspaces/users.service.js';
import { stageActor } from './drill-stage.service.js';

/** Puts away what a drill leaves: its posts end, its channels are archived, the person made up for it is shut out. The workspace stays, to be read. */
@Injectable()
export class StageEnds {
  private readonly logger = new Logger('drill');

  constructor(
    private readonly database: DataSource,
    private readonly posts: PostEdits,
    private readonly connecting: ConnectingService,
    private readonly users: UsersService,
  ) {}

  async clear(workspaceId: string): Promise<void> {
    const caller: Caller = { workspaceId, actor: stageActor, role: 'owner', language: 'en' };
    // One that cannot be ended now, in flight or half done, keeps its channel: it reaches nobody there.
    const tried = async (what: string, run: () => Promise<unknown>): Promise<void> => void (await run().catch((error: unknown) => this.logger.debug(`${what}: ${String(error)}`)));
    const posts = await this.database.query<{ id: string; version: number }[]>(
      `SELECT p.id, p.version FROM posts p JOIN workspaces w ON w.id = p.workspace_id AND w.is_drill
        WHERE p.workspace_id = $1 AND EXISTS (SELECT FROM deliveries d WHERE d.post_id = p.id AND d.state IN ('scheduled', 'held', 'failed', 'missed'))`, [workspaceId]);
    for (const { id, version } of posts) await tried(`post ${id}`, () => this.posts.cancel(caller, id, { version }));
    const channels = await this.database.query<{ id: string }[]>(
      `SELECT c.id FROM channels c JOIN workspaces w ON w.id = c.workspace_id AND w.is_drill WHERE c.workspace_id = $1 AND c.archived_at IS NULL`, [workspaceId]);
    for (const { id } of channels) await tried(`channel ${id}`, () => this.connecting.archive(caller, id));
    const people = await this.database.query<{ id: string }[]>(
      `SELECT u.id FROM members m JOIN users u ON u.id = m.user_id JOIN workspaces w ON w.id = m.workspace_id AND w.is_drill WHERE m.workspace_id = $1 AND u.email LIKE 'on-duty@%.drill.example' AND u.disabled_at IS NULL`, [workspaceId]);
    for (const { id } of people) await tried(`person ${id}`, () => this.users.setDisabled(stageActor, id, true));
  }
}
