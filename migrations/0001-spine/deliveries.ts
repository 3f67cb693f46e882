export const deliveries = `
  CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    post_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    series_id uuid,
    connector_id text NOT NULL,
    component_id text NOT NULL,
    origin text NOT NULL DEFAULT 'post', -- or 'late:<delivery>': published late after a reroute
    state text NOT NULL CHECK (state IN
      ('scheduled', 'held', 'sending', 'unconfirmed', 'published', 'rerouted', 'failed', 'missed', 'skipped', 'cancelled')),
    hold_reason text CHECK (hold_reason IN ('outage', 'suspect', 'late', 'pause', 'pace', 'account', 'approval', 'ask')),
    reason jsonb, -- {code, detail}: why it is in this state, for a person
    choice text NOT NULL,
    due_at timestamptz NOT NULL, -- when it was planned for
    ready_at timestamptz NOT NULL, -- when it is to be looked at next: due, retry or end of a hold; 'infinity' = a person's turn
    deadline_at timestamptz NOT NULL, -- late limit
    approved boolean NOT NULL DEFAULT true,
    released boolean NOT NULL DEFAULT false, -- a person said: go, although it is late
    version integer NOT NULL DEFAULT 1,
    arming integer NOT NULL DEFAULT 1,
    epoch integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    intent_at timestamptz, -- of the part in flight
    worker_id uuid,
    ring integer NOT NULL DEFAULT 0, -- raised by every change of state, due time or hold
    rung_until timestamptz,
    prepare_until timestamptz,
    prepare_by uuid,
    tries integer NOT NULL DEFAULT 0, -- unavailable or local answers in a row
    failing_since timestamptz,
    look_at timestamptz,
    look_until timestamptz, -- lease of a look
    looks integer NOT NULL DEFAULT 0, -- that concluded nothing, in this round
    absent_at timestamptz, -- first absence that counts, in this round
    rounds integer NOT NULL DEFAULT 0, -- times it was found absent and sent again
    perhaps_twice boolean NOT NULL DEFAULT false,
    verify_at timestamptz, -- of the sample that is read back after it was published: when to look
    seen boolean, -- what that told; null = not asked, or no way to tell
    told_at timestamptz, -- that it waits
    held_told text, -- hold and reason that "delivery.held" last told of; null = it was not held since it was planned, sent or released
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (post_id, channel_id, origin),
    CHECK ((state = 'held') = (hold_reason IS NOT NULL)),
    CHECK (state <> 'sending' OR lease_until IS NOT NULL),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
  );
  CREATE INDEX deliveries_unrung ON deliveries (ready_at) WHERE state IN ('scheduled', 'held') AND rung_until IS NULL;
  CREATE INDEX deliveries_ready ON deliveries (ready_at) WHERE state IN ('scheduled', 'held');
  CREATE INDEX deliveries_held ON deliveries (component_id, deadline_at) WHERE state = 'held';
  CREATE INDEX deliveries_sending ON deliveries (lease_until) WHERE state = 'sending';
  CREATE INDEX deliveries_look ON deliveries (look_at) WHERE state = 'unconfirmed';
  CREATE INDEX deliveries_verify ON deliveries (verify_at) WHERE verify_at IS NOT NULL;
  CREATE INDEX deliveries_untold ON deliveries (due_at)
    WHERE told_at IS NULL AND state IN ('scheduled', 'held', 'sending', 'unconfirmed');
  CREATE INDEX deliveries_channel ON deliveries (channel_id, due_at);
  CREATE INDEX deliveries_series ON deliveries (series_id, due_at) WHERE series_id IS NOT NULL;
  CREATE INDEX deliveries_workspace ON deliveries (workspace_id, due_at, id);

  CREATE TABLE parts (
    id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES deliveries (id),
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    position smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('post', 'reply')),
    content jsonb NOT NULL, -- PartContent
    stamp_at timestamptz, -- first intent of this arming
    remote_id text,
    url text,
    published_at timestamptz, -- null = not out (as far as we know)
    UNIQUE (delivery_id, position)
  );
  CREATE UNIQUE INDEX parts_remote ON parts (channel_id, remote_id) WHERE remote_id IS NOT NULL;

  CREATE TABLE kept_refs (
    part_id uuid NOT NULL REFERENCES parts (id),
    name text NOT NULL,
    ref text NOT NULL,
    expires_at timestamptz,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (part_id, name)
  );

  CREATE TABLE pauses (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    client_id uuid, -- null = the whole workspace
    connector_id text, -- null = every platform
    reason text NOT NULL,
    until timestamptz NOT NULL DEFAULT 'infinity',
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
  );
  CREATE INDEX pauses_in_force ON pauses (workspace_id) WHERE ended_at IS NULL;

  CREATE TABLE component_slots ( -- while suspect: one request in flight per component, over all processes
    component_id text PRIMARY KEY,
    holder uuid NOT NULL,
    until timestamptz NOT NULL
  );
`;
