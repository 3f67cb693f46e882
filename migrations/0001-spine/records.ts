export const records = `
  CREATE TABLE attempts (
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    part_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('commit', 'resend', 'find', 'prepare', 'by-hand')),
    arming integer NOT NULL,
    epoch integer NOT NULL,
    worker_id uuid,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    content_hash bytea,
    outcome text, -- null = no answer was written: a crash, or still on its way
    remote_id text,
    detail text,
    PRIMARY KEY (id, started_at)
  ) PARTITION BY RANGE (started_at);
  CREATE TABLE attempts_rest PARTITION OF attempts DEFAULT;
  CREATE INDEX attempts_delivery ON attempts (delivery_id, started_at);

  CREATE TABLE evidence ( -- frozen content and the platform's answer; kept 14 days
    attempt_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    body jsonb NOT NULL,
    PRIMARY KEY (attempt_id, at)
  ) PARTITION BY RANGE (at);
  CREATE TABLE evidence_rest PARTITION OF evidence DEFAULT;

  CREATE TABLE events ( -- facts, written in the transaction that makes them true; kept 7 days
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL,
    workspace_id uuid, -- null = the installation
    subject_id uuid,
    payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, at)
  ) PARTITION BY RANGE (at);
  CREATE TABLE events_rest PARTITION OF events DEFAULT;
  CREATE INDEX events_workspace ON events (workspace_id, at, id);

  CREATE TABLE event_claims ( -- one row per taker and fact, gone when taken
    taker text NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamptz NOT NULL,
    after timestamptz NOT NULL DEFAULT now(), -- not before (a taker that failed tries again later)
    tries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (taker, event_id)
  );
  CREATE INDEX event_claims_after ON event_claims (taker, after);

  CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    url text NOT NULL,
    description text NOT NULL DEFAULT '',
    sealed_secret text NOT NULL,
    sealed_old_secret text, -- signs too until old_secret_until, so that a receiver can change over
    old_secret_until timestamptz,
    kinds text[] NOT NULL, -- '*' = all
    state text NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off', 'failing')),
    off_reason text, -- 'person', 'gone' (it answered 410), 'failing' (for 5 days)
    failing_since timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (workspace_id, id)
  );

  CREATE TABLE webhook_messages (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
    event_id uuid NOT NULL,
    kind text NOT NULL,
    body text NOT NULL, -- as signed and sent, byte for byte
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    status integer,
    detail text,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (endpoint_id, event_id)
  );
  CREATE INDEX webhook_messages_next ON webhook_messages (endpoint_id, next_at) WHERE state = 'waiting';
  CREATE INDEX webhook_messages_endpoint ON webhook_messages (endpoint_id, created_at DESC, id DESC);
  CREATE INDEX webhook_messages_created ON webhook_messages (created_at);

  CREATE TABLE incidents ( -- for now only our own absence (kind own-downtime)
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL, -- component, infra group or 'postern'
    began_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    facts jsonb NOT NULL DEFAULT '{}'
  );

  CREATE TABLE notices ( -- what people were told, in the app and by the roads in use
    id uuid PRIMARY KEY,
    workspace_id uuid, -- null = the installation's operators
    incident_id uuid,
    kind text NOT NULL,
    dedupe text NOT NULL, -- one notice per matter, however often it is noticed
    params jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    mailed_at timestamptz,
    seen_at timestamptz
  );
  CREATE UNIQUE INDEX notices_once ON notices (coalesce(workspace_id, '00000000-0000-0000-0000-000000000000'), dedupe);
  CREATE INDEX notices_workspace ON notices (workspace_id, created_at DESC, id DESC);
  CREATE INDEX notices_unmailed ON notices (created_at) WHERE mailed_at IS NULL;

  CREATE TABLE notice_mails ( -- a row per notice and person
    notice_id uuid NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(), -- while it is being sent: the end of the lease
    detail text,
    sent_at timestamptz,
    PRIMARY KEY (notice_id, user_id)
  );
  CREATE INDEX notice_mails_next ON notice_mails (next_at) WHERE state = 'waiting';
`;
