import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The spine: people, clients, channels, media, posts, deliveries, facts, webhooks and the installation itself. */
export class Spine1763800000000 implements MigrationInterface {
  readonly name = 'Spine1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(people);
    await runner.query(outlets);
    await runner.query(posts);
    await runner.query(deliveries);
    await runner.query(records);
    await runner.query(house);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back: restore a backup or start with an empty database.');
  }
}

const people = `
  CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL DEFAULT 'live' CHECK (kind IN ('live', 'demo')),
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'it')),
    created_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text,
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'it')),
    operator boolean NOT NULL DEFAULT false, -- the installation's operator: a right outside workspaces
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
  );
  CREATE UNIQUE INDEX users_email ON users (lower(email));

  CREATE TABLE members (
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'editor', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, user_id)
  );
  CREATE INDEX members_user ON members (user_id);

  CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    by text NOT NULL CHECK (by IN ('password', 'link')),
    agent text NOT NULL DEFAULT '', -- the browser, in its own words: so that its owner knows which one it is
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX sessions_user ON sessions (user_id);

  CREATE TABLE sign_in_links (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
  );
  CREATE INDEX sign_in_links_user ON sign_in_links (user_id);

  CREATE TABLE sign_in_tries ( -- of the last quarter of an hour, against guessing
    who text NOT NULL, -- 'email:…' or 'address:…'
    at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX sign_in_tries_who ON sign_in_tries (who, at);

  CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    name text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    hint text NOT NULL, -- the last four characters, so that a person knows which one it is
    scopes text[] NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    revoked_at timestamptz
  );
  CREATE INDEX api_keys_workspace ON api_keys (workspace_id);

  CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid, -- null = the installation
    actor jsonb NOT NULL, -- {kind: user | key | system | operator, id, name}
    action text NOT NULL,
    subject text NOT NULL, -- 'post', 'channel', …
    subject_id text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX audit_log_workspace ON audit_log (workspace_id, id DESC);

  CREATE TABLE clients (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    name text NOT NULL,
    zone text NOT NULL,
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'it')),
    day_from time NOT NULL DEFAULT '08:00',
    day_to time NOT NULL DEFAULT '21:00',
    contacts jsonb NOT NULL DEFAULT '{}',
    late_pace jsonb NOT NULL DEFAULT '{}', -- how fast late posts of one channel follow each other; {} = the defaults
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (workspace_id, id)
  );
`;

const outlets = `
  CREATE TABLE channels (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    connector_id text NOT NULL,
    name text NOT NULL,
    url text,
    host text NOT NULL,
    component_id text NOT NULL, -- its publish component
    sealed_account text NOT NULL,
    sealed_session text,
    session_version integer NOT NULL DEFAULT 0,
    session_lock_until timestamptz,
    session_lock_by uuid,
    learned jsonb, -- what the account's server tells of its own limits
    state text NOT NULL DEFAULT 'connected' CHECK (state IN ('connected', 'checking', 'reconnect', 'off')),
    state_detail text,
    state_at timestamptz NOT NULL DEFAULT now(), -- in this state since
    looked_at timestamptz, -- the platform last said whether this account is in order
    healthy_at timestamptz,
    looking_until timestamptz, -- somebody is looking, or the last look told nothing: not again before this
    late_at timestamptz, -- last turn given to a late post, and to which delivery
    late_by uuid,
    expires_at timestamptz, -- of the token, where the platform tells
    expiry_told timestamptz, -- the expires_at that people were warned of
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX channels_client ON channels (client_id);
  CREATE INDEX channels_component ON channels (component_id);

  CREATE TABLE media (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    sha256 bytea NOT NULL,
    mime text NOT NULL,
    bytes bigint NOT NULL,
    width integer,
    height integer,
    alt text NOT NULL DEFAULT '',
    name text NOT NULL,
    storage_key text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (workspace_id, id)
  );
  CREATE UNIQUE INDEX media_once ON media (workspace_id, sha256) WHERE deleted_at IS NULL;
  CREATE INDEX media_newest ON media (workspace_id, created_at, id) WHERE deleted_at IS NULL;
`;

const posts = `
  CREATE TABLE slots (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid, -- null = every channel of the client
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- ISO: 1 = Monday
    wall_time time NOT NULL, -- in the client's zone
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE UNIQUE INDEX slots_once ON slots (client_id, weekday, wall_time, coalesce(channel_id, '00000000-0000-0000-0000-000000000000'));

  CREATE TABLE series (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    rule text NOT NULL, -- RFC 5545 RRULE, without DTSTART
    zone text NOT NULL,
    wall_start timestamp NOT NULL, -- wall time of the first occurrence
    template jsonb NOT NULL, -- what an occurrence says: the body of a post
    made_until timestamp, -- occurrences exist up to this wall time
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );

  CREATE TABLE posts (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    series_id uuid,
    occurrence timestamp, -- the wall start the rule gave, also after this one was moved
    detached boolean NOT NULL DEFAULT false, -- edited alone: "following" and "all" leave it as it is
    editing text NOT NULL DEFAULT 'ready' CHECK (editing IN ('draft', 'in-review', 'ready')),
    choice text NOT NULL CHECK (choice IN ('can-wait', 'today', 'hour-counts')),
    policy jsonb NOT NULL DEFAULT '{}', -- custom fields; {} = the preset of the choice
    content jsonb NOT NULL, -- {parts: PartContent[]}: what every channel says unless it has a variant
    zone text,
    wall_at timestamp, -- truth: wall time in zone; null only for drafts
    due_at timestamptz, -- derived
    evergreen boolean NOT NULL DEFAULT false,
    labels text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz,
    UNIQUE (workspace_id, id),
    UNIQUE (series_id, occurrence),
    CHECK (editing = 'draft' OR (zone IS NOT NULL AND wall_at IS NOT NULL AND due_at IS NOT NULL)),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id),
    FOREIGN KEY (workspace_id, series_id) REFERENCES series (workspace_id, id)
  );
  CREATE INDEX posts_calendar ON posts (workspace_id, due_at, id);
  CREATE INDEX posts_client ON posts (client_id, due_at);

  CREATE TABLE post_channels (
    post_id uuid NOT NULL REFERENCES posts (id),
    channel_id uuid NOT NULL REFERENCES channels (id),
    workspace_id uuid NOT NULL,
    variant jsonb, -- {parts: PartContent[]}; null = as the post says
    PRIMARY KEY (post_id, channel_id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
  );
  CREATE INDEX post_channels_channel ON post_channels (channel_id);
`;

const deliveries = `
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
    told_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (post_id, channel_id, origin),
    UNIQUE (workspace_id, id),
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

const records = `
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

const house = `
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
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer, -- null = still on its way
    body json, -- json and not jsonb: a repeat gets the same bytes
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, key)
  );
  CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
`;
