import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What comes next, for those who see to it beforehand. */
@Injectable()
export class NextDueService {
  constructor(private readonly database: DataSource) {}

  /** Channels with a delivery planned within the next `ms` (by the database's clock), over all workspaces. */
  async channelsDueWithin(ms: number): Promise<string[]> {
    const rows: { readonly channel_id: string }[] = await this.database.query(
      `SELECT DISTINCT channel_id FROM deliveries
        WHERE state = 'scheduled' AND ready_at BETWEEN now() AND now() + $1 * interval '1 millisecond'`,
      [ms],
    );
    return rows.map((row) => row.channel_id);
  }
}
