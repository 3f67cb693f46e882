export const notices = `
  ALTER TABLE members ADD COLUMN away_until timestamptz; -- on no duty before this
  ALTER TABLE workspaces ADD COLUMN logo_media_id uuid; -- the agency's, in mails and on pages

  CREATE TABLE duties ( -- who is asked when something of a client is in danger, in order
    client_id uuid NOT NULL REFERENCES clients (id),
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    position smallint NOT NULL,
    PRIMARY KEY (client_id, user_id),
    UNIQUE (client_id, position)
  );

  CREATE TABLE incident_asks ( -- whose a client's posts in an incident are: asked one after the other until one answers
    incident_id uuid NOT NULL REFERENCES incidents (id),
    client_id uuid NOT NULL REFERENCES clients (id),
    workspace_id uuid NOT NULL,
    asked jsonb NOT NULL DEFAULT '[]', -- user ids, in the order they were asked
    next_at timestamptz NOT NULL, -- when the next one is asked; 'infinity' = nobody is left
    deeds_from bigint NOT NULL DEFAULT 0, -- the last row of audit_log before the ask: whoever acts after it has answered
    answered_by uuid REFERENCES users (id),
    answered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (incident_id, client_id)
  );
  CREATE INDEX incident_asks_next ON incident_asks (next_at) WHERE answered_at IS NULL;

  ALTER TABLE incident_deliveries ADD COLUMN told_at timestamptz; -- a letter to somebody listed it, and the incident has not ended since

  CREATE TABLE incident_tellings ( -- one per incident, person and kind, however many clients and posts
    incident_id uuid NOT NULL REFERENCES incidents (id),
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL CHECK (kind IN ('opened', 'handed-over', 'recovered')),
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (incident_id, workspace_id, user_id, kind)
  );

  CREATE TABLE client_notice_settings (
    client_id uuid PRIMARY KEY REFERENCES clients (id),
    workspace_id uuid NOT NULL,
    mode text NOT NULL DEFAULT 'automatic' CHECK (mode IN ('automatic', 'show-first', 'off')),
    manager jsonb NOT NULL DEFAULT '{}', -- whom the client calls: {name, email, phone}
    texts jsonb NOT NULL DEFAULT '{}', -- {opening?: {subject, text}, end?: {subject, text}}, with {placeholders}
    version integer NOT NULL DEFAULT 1
  );

  CREATE TABLE client_notices ( -- twice in all per incident and client: opening and end
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents (id),
    client_id uuid NOT NULL REFERENCES clients (id),
    workspace_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opening', 'end')),
    state text NOT NULL CHECK (state IN ('shown', 'sent', 'dropped')), -- shown: waits for a person's yes
    subject text NOT NULL,
    text text NOT NULL,
    component_ids text[] NOT NULL, -- of what it speaks
    since timestamptz NOT NULL, -- as it says
    next_word_at timestamptz, -- as it says; null = an end
    is_edited boolean NOT NULL DEFAULT false, -- a person's words: sent as they stand
    version integer NOT NULL DEFAULT 1,
    decided_at timestamptz NOT NULL DEFAULT now(), -- the decision to tell
    decided_by jsonb, -- actor; null = by itself
    dropped_for text, -- why it was dropped by itself
    UNIQUE (incident_id, client_id, kind)
  );
  CREATE INDEX client_notices_workspace ON client_notices (workspace_id, decided_at DESC, id DESC);
`;
