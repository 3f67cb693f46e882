export const house = `
  CREATE TABLE installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL,
    counter bigint NOT NULL DEFAULT 0, -- raised at each start, also kept in the data folder: tells a restored copy
    public_url text,
    key_id text,
    paused_at timestamptz,
    pause_reason text, -- 'restored', 'moved', 'operator'
    armed_at timestamptz, -- after a restore or a copy: what was due before this may be out already
    created_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE workers (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    roles text[] NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz
  );
  CREATE INDEX workers_heartbeat ON workers (heartbeat_at);

  CREATE TABLE rounds ( -- when planner, sweeper, watch last really did their round
    name text PRIMARY KEY,
    at timestamptz NOT NULL,
    worker_id uuid NOT NULL
  );

  CREATE TABLE leases (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    epoch bigint NOT NULL DEFAULT 1,
    until timestamptz NOT NULL
  );

  CREATE TABLE idempotency_keys (
    scope_id uuid NOT NULL, -- the workspace; the person, where a request needs no workspace
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer, -- null = still on its way
    body json, -- json and not jsonb: a repeat gets the same bytes
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope_id, key)
  );
  CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
`;
