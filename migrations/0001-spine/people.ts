export const people = `
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
