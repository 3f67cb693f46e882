/**
 * How the embedded Postgres runs: modest, because it shares a laptop with everything else (app and Postgres together
 * stay under 400 MB), and durable, because it is the truth.
 */
export const embeddedSettings: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '48MB',
  max_connections: '100',
  max_wal_size: '512MB',
  checkpoint_timeout: '10min',
  wal_compression: 'on',
  wal_level: 'minimal', // no replica hangs on it
  max_wal_senders: '0',
  io_method: 'sync', // saves three processes
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '2',
  autovacuum_naptime: '20s',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // What it writes down holds no values: they may be texts or addresses of people.
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_line_prefix: '%m [%p] ',
};
