import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { CalmClient } from '../../../src/infra/database/calm-client.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('a connection that is lost while it is borrowed and idle ends nobody, and whoever uses it is told', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 2, Client: CalmClient });
  pool.on('error', () => undefined);
  const [lost, other] = [await pool.connect(), await pool.connect()];
  const { rows } = await lost.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const ended = new Promise((resolve) => lost.once('end', resolve));
  await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended; // without a listener its error would have ended this process by now
  await expect(lost.query('SELECT 1')).rejects.toThrow();
  lost.release(true);
  other.release();
  await pool.end();
});
