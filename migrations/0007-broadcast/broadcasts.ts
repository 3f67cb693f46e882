export const broadcasts = `
  CREATE TABLE broadcasts (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, -- short, for Message-IDs and return paths
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    post_id uuid NOT NULL,
    part_key text UNIQUE, -- under which it was taken; null = it is only drafted
    purpose text NOT NULL DEFAULT 'issue' CHECK (purpose IN ('issue', 'fallback')),
    outage_key text, -- of a fallback that was mailed: the brand's day; at most one a day
    joined_to uuid, -- a later fallback of that day: no mail, it stands on the page of that one
    list_ids uuid[] NOT NULL DEFAULT '{}', -- frozen with the audience
    segment_id uuid,
    language text NOT NULL CHECK (language IN ('en', 'it')),
    template_id uuid, -- null = ours
    subject text NOT NULL,
    preheader text NOT NULL DEFAULT '',
    content jsonb NOT NULL, -- {text, media, link}: what it says
    state text NOT NULL CHECK (state IN ('drafted', 'approved', 'frozen', 'sending', 'paused', 'sent', 'stopped')),
    pause_reason text,
    pause_detail text,
    approved_hash text, -- of what was approved; anything else is not
    approved_by jsonb,
    approved_at timestamptz,
    html text, -- frozen: with tokens where each recipient's links stand
    plain text,
    web_html text, -- what everybody may read
    web_token text COLLATE "C" NOT NULL UNIQUE,
    deadline_at timestamptz NOT NULL DEFAULT 'infinity', -- nobody gets it after this
    recipients integer, -- frozen
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    frozen_at timestamptz,
    ended_at timestamptz,
    UNIQUE (workspace_id, id),
    UNIQUE (post_id, channel_id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id)
  );
  CREATE INDEX broadcasts_client ON broadcasts (client_id, created_at);
  CREATE INDEX broadcasts_newest ON broadcasts (workspace_id, created_at DESC, id DESC);
  CREATE INDEX broadcasts_open ON broadcasts (client_id) WHERE state IN ('frozen', 'sending');
  CREATE INDEX broadcasts_joined ON broadcasts (joined_to) WHERE joined_to IS NOT NULL;
  CREATE UNIQUE INDEX broadcasts_outage ON broadcasts (client_id, outage_key) WHERE outage_key IS NOT NULL;

  CREATE TABLE recipients ( -- one mail to one person each; DESIGN §8
    broadcast_id uuid NOT NULL REFERENCES broadcasts (id),
    subscriber_id uuid NOT NULL,
    list_id uuid NOT NULL, -- by which they get it
    address text NOT NULL, -- '' once erased
    address_key text COLLATE "C" NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
      CHECK (state IN ('waiting', 'reserved', 'sending', 'sent', 'failed', 'bounced', 'unconfirmed', 'suppressed', 'expired')),
    tries smallint NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT '-infinity', -- put off by their server until then
    lease_until timestamptz, -- while reserved or sending
    lease_by uuid,
    intent_at timestamptz,
    sent_at timestamptz,
    detail text,
    PRIMARY KEY (broadcast_id, subscriber_id)
  ) WITH (fillfactor = 80);
  CREATE INDEX recipients_waiting ON recipients (broadcast_id, next_at) WHERE state = 'waiting';
  CREATE INDEX recipients_leased ON recipients (lease_until) WHERE state IN ('reserved', 'sending');

  CREATE TABLE reached ( -- nobody gets the same post twice, over all lists and broadcasts of a brand
    client_id uuid NOT NULL,
    post_id uuid NOT NULL,
    address_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (post_id, client_id, address_key)
  );

  CREATE TABLE bounces ( -- what came back, for the storm guard and so that each is counted once
    id text COLLATE "C" PRIMARY KEY, -- of the report, as its sender names it, or a hash of it
    workspace_id uuid NOT NULL,
    sender_id uuid NOT NULL REFERENCES senders (id),
    broadcast_id uuid,
    subscriber_id uuid,
    kind text NOT NULL CHECK (kind IN ('hard', 'soft', 'complaint')),
    status text,
    detail text,
    suppressed boolean NOT NULL DEFAULT false,
    at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX bounces_sender ON bounces (sender_id, at);
`;
