import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FactTakers, type TakenFact } from '../../infra/facts/fact-takers.js';
import { bodyOf, workspacesOf } from './webhook-body.js';

/** Makes one message per endpoint and fact, in the transaction that takes the fact. */
@Injectable()
export class WebhookTaker implements OnModuleInit {
  constructor(private readonly takers: FactTakers) {}

  onModuleInit(): void {
    this.takers.register('webhooks', take);
  }
}

async function take(facts: readonly TakenFact[], manager: EntityManager): Promise<void> {
  const wanted = facts.flatMap((fact) => workspacesOf(fact).map((workspaceId) => ({ fact, workspaceId })));
  if (wanted.length === 0) return;
  const listening: { id: string }[] = await manager.query(
    `SELECT DISTINCT workspace_id AS id FROM webhook_endpoints WHERE workspace_id = ANY($1::uuid[]) AND deleted_at IS NULL AND state <> 'off'`,
    [[...new Set(wanted.map(({ workspaceId }) => workspaceId))]],
  );
  const ears = new Set(listening.map(({ id }) => id));
  const rows = wanted
    .filter(({ workspaceId }) => ears.has(workspaceId))
    .map(({ fact, workspaceId }) => ({ eventId: fact.id, workspaceId, kind: fact.kind, body: bodyOf(fact, workspaceId) }));
  if (rows.length === 0) return;
  await manager.query(
    `INSERT INTO webhook_messages (id, workspace_id, endpoint_id, event_id, kind, body)
     SELECT gen_random_uuid(), e.workspace_id, e.id, f."eventId", f.kind, f.body
     FROM jsonb_to_recordset($1::jsonb) AS f ("eventId" uuid, "workspaceId" uuid, kind text, body text)
     JOIN webhook_endpoints e ON e.workspace_id = f."workspaceId" AND e.deleted_at IS NULL AND e.state <> 'off'
       AND (e.kinds && ARRAY['*', f.kind])
     ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
    [JSON.stringify(rows)],
  );
}
