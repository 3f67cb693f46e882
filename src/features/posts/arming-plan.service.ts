import { DataSource } from 'typeorm';

export interface ArmingPlan {
  /** Due by now and not out: arming after a restore holds them for a person. */
  readonly late: readonly { readonly workspace: string; readonly client: string; readonly count: number; readonly oldest: Date }[];
  /** On their way when it stopped: looked up on their platforms. */
  readonly unknown: number;
  /** Go out at their times. */
  readonly ahead: number;
  readonly next: Date | null;
}

/** What arming a paused installation will do. Made by the command, not by Nest. */
export class ArmingPlanService {
  constructor(private readonly database: DataSource) {}

  async read(): Promise<ArmingPlan> {
    const late: ArmingPlan['late'] = await this.database.query(
      `SELECT w.name AS workspace, c.name AS client, count(*)::int AS count, min(d.due_at) AS oldest
         FROM deliveries d JOIN clients c ON c.id = d.client_id JOIN workspaces w ON w.id = d.workspace_id
        WHERE d.state IN ('scheduled', 'held') AND d.due_at <= now()
        GROUP BY w.id, c.id ORDER BY w.name, c.name`,
    );
    const [rest]: { unknown: number; ahead: number; next: Date | null }[] = await this.database.query(
      `SELECT count(*) FILTER (WHERE state IN ('sending', 'unconfirmed'))::int AS unknown,
              count(*) FILTER (WHERE state IN ('scheduled', 'held') AND due_at > now())::int AS ahead,
              min(due_at) FILTER (WHERE state = 'scheduled' AND due_at > now()) AS next
         FROM deliveries WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')`,
    );
    return { late, unknown: rest?.unknown ?? 0, ahead: rest?.ahead ?? 0, next: rest?.next ?? null };
  }
}
