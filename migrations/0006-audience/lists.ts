export const lists = `
  CREATE TABLE lists (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    name text NOT NULL, -- its readers see it
    language text NOT NULL CHECK (language IN ('en', 'it')), -- of the consent text
    purpose text NOT NULL, -- what for people subscribe
    consent_text text NOT NULL, -- as it stands now; every version is in consent_texts
    consent_version integer NOT NULL DEFAULT 1,
    covers_fallback boolean NOT NULL DEFAULT false, -- the consent text covers what goes out here because a platform is down
    double_opt_in boolean NOT NULL DEFAULT true,
    signup_token text NOT NULL UNIQUE, -- of its public page
    signup_open boolean NOT NULL DEFAULT true, -- whether that page takes anybody, and others' preference pages offer the list
    country text, -- of phone numbers written without one; ISO 3166
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX lists_client ON lists (client_id);

  CREATE TABLE consent_texts (
    list_id uuid NOT NULL REFERENCES lists (id),
    version integer NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    purpose text NOT NULL,
    covers_fallback boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (list_id, version)
  );

  CREATE TABLE segments ( -- a part of a list, by a rule
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    list_id uuid NOT NULL,
    name text NOT NULL,
    rule jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, list_id) REFERENCES lists (workspace_id, id)
  );
  CREATE INDEX segments_list ON segments (list_id);

  CREATE TABLE list_imports ( -- who said that these people agreed, and on what ground
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    list_id uuid NOT NULL,
    source text, -- where the consent comes from, in a person's words; null = not said: everybody was asked by letter
    consented_on date,
    consent_version integer,
    rows integer NOT NULL,
    made_by jsonb NOT NULL, -- actor
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (workspace_id, list_id) REFERENCES lists (workspace_id, id)
  );
  CREATE INDEX list_imports_list ON list_imports (list_id);
`;
