import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { deliveryFact, type Flight } from './flight.schema.js';

const outcomes = {
  failed: { kind: 'delivery.failed', code: 'reached-nobody' },
  skipped: { kind: 'delivery.skipped', code: 'dropped-after-pause' },
} as const;

/** What an outlet of the house took for many people and nobody got: it did not go out after all (DESIGN §8). */
@Injectable()
export class CameToNothing {
  constructor(private readonly facts: FactWriter) {}

  /**
   * In the transaction in which it is known. What waits for its post elsewhere comes back in its turn (reroutes.service.ts), also
   * where its own platform was to be left out because it had gone elsewhere; what a person decided meanwhile stays decided.
   * @param remoteIds as the outlet named it when it took it
   * @param as `skipped`: it was to be dropped, and so is what it stood for
   * @returns of how many deliveries that is new
   */
  async end(manager: EntityManager, { workspaceId, remoteIds, as }: { readonly workspaceId: string; readonly remoteIds: readonly string[]; readonly as: keyof typeof outcomes }): Promise<number> {
    const { kind, code } = outcomes[as];
    const [rows] = await manager.query<[Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId'>[], number]>(
      `UPDATE deliveries d SET state = $3, reason = jsonb_build_object('code', $4::text), ended_at = now(), verify_at = NULL, version = version + 1, ring = ring + 1, rung_until = NULL
        WHERE d.workspace_id = $1 AND d.state = 'published' AND EXISTS (SELECT FROM parts p WHERE p.delivery_id = d.id AND p.channel_id = d.channel_id AND p.remote_id = ANY($2))
       RETURNING d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.client_id AS "clientId"`,
      [workspaceId, remoteIds, as, code],
    );
    const ids = rows.map(({ id }) => id);
    await manager.query('UPDATE parts SET published_at = NULL, remote_id = NULL, url = NULL WHERE delivery_id = ANY($1::uuid[])', [ids]);
    await manager.query(
      `UPDATE reroutes r SET settled_at = NULL, settled_as = NULL FROM reroute_children k
        WHERE k.child_id = ANY($1::uuid[]) AND r.delivery_id = k.delivery_id AND r.settled_as = 'skipped' AND r.after = 'skip'`,
      [ids],
    );
    await this.facts.write(manager, rows.map((row) => ({ kind, workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason: { code } }) })));
    return rows.length;
  }
}
