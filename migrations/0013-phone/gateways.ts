export const gateways = `
  ALTER TABLE users
    ADD COLUMN phone text, -- E.164, of one's own; nobody else sets it
    ADD COLUMN call_me text NOT NULL DEFAULT 'never' CHECK (call_me IN ('never', 'unanswered', 'at-once')); -- when a letter about a post whose hour counts went unanswered; with it

  CREATE TABLE phone_addresses ( -- where gateways tell us; it stays when a gateway is taken away, for it stands at the provider
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    callback_token text COLLATE "C" NOT NULL UNIQUE
  );

  CREATE TABLE phone_gateways ( -- the way to telephones of a workspace
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id),
    kind text NOT NULL CHECK (kind IN ('twilio', 'http')),
    host text NOT NULL, -- of its component
    sealed_account text NOT NULL, -- JSON; of twilio {accountSid, authToken, messagingServiceSid}, of http {url, token}
    from_number text, -- E.164: the sender, and what calls come from; null = the gateway's own, and no calls
    callback_token text COLLATE "C" NOT NULL UNIQUE, -- of phone_addresses
    sealed_hook_secret text, -- signs what a gateway of one's own tells; Twilio signs with its authToken
    currency text NOT NULL, -- ISO 4217
    price_minor numeric(10, 4) NOT NULL CHECK (price_minor >= 0), -- of one segment of an SMS, in hundredths (or whatever the smallest coin is)
    prices jsonb NOT NULL DEFAULT '{}', -- the same by country calling code: {"39": 7.2}
    voice_price_minor numeric(10, 4) NOT NULL DEFAULT 0 CHECK (voice_price_minor >= 0), -- of one call
    trouble text, -- why it let us not in, the last time; null = it did
    trouble_at timestamptz,
    checked_at timestamptz, -- it took something from us
    account_at timestamptz NOT NULL DEFAULT now(), -- since when it is this account: what went before cannot be looked up
    tested_at timestamptz NOT NULL DEFAULT '-infinity', -- the last trial
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE phone_incoming ( -- what people wrote back, so that nothing counts twice
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    remote_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, remote_id)
  );
  CREATE INDEX phone_incoming_old ON phone_incoming (at);

  CREATE TABLE phone_calls ( -- a text read aloud to a member or to a client's contact, once
    id uuid PRIMARY KEY, -- also under which the gateway tells of it
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL, -- who pays
    other_payers uuid[] NOT NULL DEFAULT '{}', -- those it is also about: they pay when the first has no room
    user_id uuid REFERENCES users (id), -- the member called; null = a contact of the client
    once text NOT NULL, -- for the same thing nobody is called twice
    reason text NOT NULL CHECK (reason IN ('urgent', 'person')),
    to_number text NOT NULL, -- E.164
    text text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'it')),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'calling', 'called', 'failed', 'unconfirmed', 'over-cap', 'caught')),
    answer text CHECK (answer IN ('answered', 'busy', 'no-answer')), -- as far as the gateway told
    cost_minor numeric(10, 4), -- null = it has cost nothing (yet)
    currency text,
    next_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL, -- after this it is worth nothing
    tries smallint NOT NULL DEFAULT 0,
    lease_until timestamptz, -- while calling
    month text COLLATE "C", -- of the client, into which its cost falls
    remote_id text,
    why text, -- it waits, or was not made
    detail text, -- what the gateway says of it
    told text CHECK (told IN ('failed', 'opted-out')), -- by the gateway, before it answered
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  -- What nobody was called for may be asked for again: where the limit was met, and what a person asked for and did not come about.
  CREATE UNIQUE INDEX phone_calls_once ON phone_calls (workspace_id, once) WHERE state <> 'over-cap' AND NOT (state = 'failed' AND reason = 'person');
  CREATE INDEX phone_calls_waiting ON phone_calls (next_at) WHERE state = 'waiting';
  CREATE INDEX phone_calls_leased ON phone_calls (lease_until) WHERE state = 'calling';
  CREATE INDEX phone_calls_newest ON phone_calls (workspace_id, id DESC);
`;
