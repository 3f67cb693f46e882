export const outlets = `
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
