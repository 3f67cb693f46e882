import pg from 'pg';
import { plainSession } from './tables.js';

/** Where a restore builds up what it will put in place of `public` in one step. */
export const RESTORING = 'postern_restoring';

/** The same database, but names mean tables of this schema. */
export function inSchema(url: string, schema: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c search_path=${schema}`);
  return changed.href;
}

/** A connection that waits for as long as a long table takes, unlike the application's. */
export async function withPlainClient<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000, keepAlive: true, application_name: 'postern-backup' });
  client.on('error', () => undefined); // the statement on its way reports it
  await client.connect();
  try {
    await client.query(plainSession);
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
