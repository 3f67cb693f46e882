import { DataSource } from 'typeorm';
import { type Finding, green, red, yellow } from '../../infra/doctor/finding.js';
import type { OpenChannelsService } from './open-channels.service.js';

const NAMED_AT_MOST = 5;

/** What the doctor asks of channels. Made by the command, not by Nest. */
export class ChannelCheckService {
  constructor(
    private readonly database: DataSource,
    private readonly opened: Pick<OpenChannelsService, 'open'>,
  ) {}

  /** Does the key in use open what is sealed? */
  async lookAtSeals(): Promise<readonly Finding[]> {
    const rows: { id: string }[] = await this.database.query(`SELECT id FROM channels WHERE archived_at IS NULL ORDER BY id LIMIT 1000`);
    if (rows.length === 0) return [green('sealed channels', 'No channel is connected yet.')];
    const channels = [...(await this.opened.open(rows.map(({ id }) => id))).values()];
    const locked = channels.flatMap((channel) => (channel.kind === 'locked' ? [channel] : []));
    const [first] = locked;
    if (!first) return [green('sealed channels', `All ${channels.length} open with the key in use.`)];
    return [red('sealed channels', `${locked.length} of ${channels.length} do not open. ${first.name}: ${first.detail}`, 'Put the right key back (see "key"), or connect these channels again.')];
  }

  /** Access that ends within 7 days, or has ended, and accounts that wait for somebody. */
  async lookAtExpiry(): Promise<readonly Finding[]> {
    const rows: { name: string; connector: string; ended: boolean; days: number }[] = await this.database.query(
      `SELECT name, connector_id AS connector, expires_at <= now() AS ended, greatest(0, ceil(extract(epoch FROM expires_at - now()) / 86400))::int AS days
         FROM channels WHERE archived_at IS NULL AND state <> 'off' AND expires_at < now() + interval '7 days' ORDER BY expires_at`,
    );
    const waiting: { name: string; connector: string }[] = await this.database.query(
      `SELECT name, connector_id AS connector FROM channels WHERE archived_at IS NULL AND state = 'reconnect' ORDER BY name`,
    );
    const remedy = 'Reconnect them in Postern before their next post.';
    const ended = rows.filter((row) => row.ended);
    const ending = rows.filter((row) => !row.ended);
    const findings: Finding[] = [];
    if (ended.length > 0) findings.push(red('access of channels', `Has ended: ${named(ended)}.`, remedy));
    if (waiting.length > 0) findings.push(red('access of channels', `Refused by the platform: ${named(waiting)}.`, remedy));
    if (ending.length > 0) findings.push(yellow('access of channels', `Ends soon: ${named(ending.map((row) => ({ ...row, name: `${row.name} in ${row.days} d` })))}.`, remedy));
    return findings.length > 0 ? findings : [green('access of channels', 'None ends within 7 days.')];
  }
}

function named(channels: readonly { readonly name: string; readonly connector: string }[]): string {
  const more = channels.length - NAMED_AT_MOST;
  return channels.slice(0, NAMED_AT_MOST).map(({ name, connector }) => `${name} (${connector})`).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
