export const subscribers = `
  CREATE TABLE subscribers ( -- a person as one brand knows them
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    address text NOT NULL, -- as written; '' once erased
    address_key text COLLATE "C" NOT NULL, -- normalised; 'erased:<id>' once erased
    name text NOT NULL DEFAULT '',
    language text NOT NULL CHECK (language IN ('en', 'it')),
    token text COLLATE "C" NOT NULL UNIQUE, -- of their unsubscribe and preference pages
    created_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    UNIQUE (workspace_id, id),
    UNIQUE (client_id, kind, address_key),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX subscribers_client ON subscribers (client_id, id);

  CREATE TABLE subscriptions (
    subscriber_id uuid NOT NULL,
    list_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'confirmed', 'unsubscribed')),
    purpose text NOT NULL,
    consent_version integer NOT NULL,
    consent_at timestamptz NOT NULL,
    consent_ip inet,
    consent_source text NOT NULL CHECK (consent_source IN ('form', 'import', 'person', 'api')),
    confirmed_at timestamptz,
    ended_at timestamptz,
    tags text[] NOT NULL DEFAULT '{}',
    confirm_token text COLLATE "C" UNIQUE, -- of the page behind the letter that asks whether it is really them
    asked_at timestamptz, -- the last such letter; null while pending = still to be written
    asks integer NOT NULL DEFAULT 0, -- such letters since it became pending
    PRIMARY KEY (subscriber_id, list_id),
    FOREIGN KEY (workspace_id, subscriber_id) REFERENCES subscribers (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, list_id) REFERENCES lists (workspace_id, id)
  );
  CREATE INDEX subscriptions_list ON subscriptions (list_id, state, subscriber_id);
  CREATE INDEX subscriptions_people ON subscriptions (list_id, subscriber_id);
  CREATE INDEX subscriptions_to_ask ON subscriptions (consent_at) WHERE state = 'pending' AND asked_at IS NULL;
  CREATE INDEX subscriptions_pending ON subscriptions (consent_at) WHERE state = 'pending';

  CREATE TABLE consents ( -- the proof, only ever added to: what somebody agreed to and took back
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL,
    subscriber_id uuid NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    list_id uuid NOT NULL REFERENCES lists (id),
    deed text NOT NULL CHECK (deed IN ('asked', 'confirmed', 'stated', 'unsubscribed')), -- stated: a person says that they agreed
    consent_version integer NOT NULL,
    source text NOT NULL CHECK (source IN ('form', 'import', 'person', 'api')),
    ip inet,
    at timestamptz NOT NULL, -- of the deed; of a stated one, when they agreed
    import_id uuid REFERENCES list_imports (id),
    detail text,
    written_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX consents_subscriber ON consents (subscriber_id, id);

  CREATE TABLE suppressions ( -- who gets nothing, whatever list they are on
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    client_id uuid, -- null = from nobody of the workspace
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    address_key text COLLATE "C" NOT NULL, -- normalised; of an erased person a keyed hash
    reason text NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'stop', 'erased', 'person')),
    detail text,
    at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (workspace_id, client_id, kind, address_key),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX suppressions_address ON suppressions (workspace_id, kind, address_key);
  CREATE INDEX suppressions_client ON suppressions (client_id) WHERE client_id IS NOT NULL;

  CREATE TABLE audience_keys ( -- of the hashes of erased people's addresses
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    sealed_key text NOT NULL
  );

  CREATE TABLE sign_up_tries ( -- of the last hour, against floods
    who text COLLATE "C" NOT NULL, -- 'address:<ip>'
    at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX sign_up_tries_who ON sign_up_tries (who, at);
`;
