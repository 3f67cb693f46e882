import { v7 as uuid } from 'uuid';
import type { Policy } from '../../../src/core/policy.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

interface More {
  readonly choice?: 'hour-counts' | 'today' | 'can-wait';
  readonly dueInMs?: number;
  readonly lateLimitMs?: number;
}

/** The dispatch room with what a test of other ways out needs. */
export async function openWaysOut() {
  const house: DispatchHouse = await openDispatch();
  const children = (id: string) =>
    house.dataSource.query<{ id: string; state: string; connector: string; origin: string }[]>(
      `SELECT f.id, f.state, f.connector_id AS connector, f.origin FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = $1 ORDER BY f.connector_id`, [id]);
  return {
    ...house, children,
    plan: async (text: string, policy: Policy, more: More = {}): Promise<string> => {
      const [id = ''] = await house.plan({ channel: house.channel('alpha'), dueInMs: 0, text, choice: 'today', ...more });
      await house.dataSource.query('UPDATE posts SET policy = $2 WHERE id = (SELECT post_id FROM deliveries WHERE id = $1)', [id, JSON.stringify(policy)]);
      return id;
    },
    to: (...sets: readonly (readonly string[])[]): string[][] => sets.map((set) => set.map((platform) => house.channel(platform).id)),
    fall: (...platforms: readonly string[]) => Promise.all(platforms.map((platform) => house.say(house.channel(platform).id, 'down'))),
    atLimit: (id: string) => house.dataSource.query(`UPDATE deliveries SET deadline_at = now(), ready_at = now(), version = version + 1 WHERE id = $1`, [id]),
    runChildren: async (id: string): Promise<void> => {
      for (const child of await children(id)) await house.dispatch.run(child.id);
    },
    caller: (workspaceId = house.client.workspaceId) => ({ workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'en' }) as const,
    clear: async (): Promise<void> => {
      house.sayAllUp();
      house.sandbox.faults.clear();
      await house.dataSource.query(`DELETE FROM reroute_children`);
      await house.dataSource.query(`DELETE FROM reroutes`);
      await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')`);
      await house.dataSource.query(`UPDATE channels SET state = 'connected', archived_at = NULL, late_at = NULL, late_by = NULL`);
      await house.dataSource.query(`UPDATE clients SET day_from = '00:00', day_to = '00:00', reroute_to = '[]'`);
      await house.dataSource.query('DELETE FROM component_slots');
    },
  };
}
export type WaysOutHouse = Awaited<ReturnType<typeof openWaysOut>>;
