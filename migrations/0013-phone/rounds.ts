export const rounds = `
  CREATE TABLE sms_caps ( -- what a client's phone may cost a month; without a row, and with 0, nothing goes out
    client_id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    cap_minor integer NOT NULL DEFAULT 0 CHECK (cap_minor >= 0), -- in hundredths of the currency (or whatever its smallest coin is)
    currency text NOT NULL, -- of the gateway when it was set; with another one it counts for nothing
    version integer NOT NULL DEFAULT 1,
    passed_over_on date, -- the client's day on which people were last told that SMS were passed over for it
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );

  CREATE TABLE sms_spending ( -- of a client's month: what is spent and what is about to be
    client_id uuid NOT NULL,
    month text COLLATE "C" NOT NULL, -- 2031-03, by the client's own clocks
    currency text NOT NULL,
    minor numeric(14, 4) NOT NULL DEFAULT 0,
    PRIMARY KEY (client_id, month, currency)
  );

  CREATE TABLE phone_costs ( -- the ledger: what each round and each call has cost whom
    client_id uuid NOT NULL,
    month text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sms', 'voice')),
    subject_id uuid NOT NULL, -- of the round, of the call
    workspace_id uuid NOT NULL,
    minor numeric(14, 4) NOT NULL DEFAULT 0,
    currency text NOT NULL,
    pieces integer NOT NULL DEFAULT 0, -- messages to one person each, or calls
    at timestamptz NOT NULL DEFAULT now(), -- of the last of them
    PRIMARY KEY (client_id, month, kind, subject_id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX phone_costs_month ON phone_costs (workspace_id, month);

  CREATE TABLE sms_rounds ( -- one SMS to many people
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    post_id uuid NOT NULL,
    part_key text NOT NULL UNIQUE, -- under which it was taken
    purpose text NOT NULL CHECK (purpose IN ('issue', 'fallback')),
    list_ids uuid[] NOT NULL, -- frozen with the audience
    from_name text, -- null = the gateway's own number
    text text NOT NULL, -- frozen: cleaned, with its link
    way_out text NOT NULL, -- put after it: how to get no more of them; {link} = of this recipient
    changes jsonb NOT NULL DEFAULT '[]', -- what the clean-up changed
    encoding text NOT NULL CHECK (encoding IN ('gsm-7', 'ucs-2')),
    segments smallint NOT NULL, -- of one message, its way out included
    currency text NOT NULL,
    cost_minor numeric(14, 4) NOT NULL DEFAULT 0, -- of all of them, as it was reckoned beforehand
    state text NOT NULL DEFAULT 'frozen' CHECK (state IN ('frozen', 'sending', 'paused', 'sent', 'stopped')),
    reason text, -- why it is paused or was stopped
    gone_on_at timestamptz, -- what pause ended before this holds it no more: somebody has looked
    paused_at timestamptz, -- while it is paused
    detail text,
    free_until timestamptz NOT NULL DEFAULT '-infinity', -- a time that a person chose: until then it may go out at any hour
    deadline_at timestamptz NOT NULL DEFAULT 'infinity', -- nobody gets it after this
    recipients integer NOT NULL DEFAULT 0,
    troubles integer NOT NULL DEFAULT 0, -- times in a row that the gateway took nothing
    slow_times integer NOT NULL DEFAULT 0, -- times in a row that it was too fast for the gateway, and nothing was taken
    slow_since timestamptz, -- the first of them
    rest_until timestamptz NOT NULL DEFAULT '-infinity', -- not again before this
    lease_until timestamptz NOT NULL DEFAULT '-infinity', -- one process sends it at a time
    lease_by uuid,
    counted jsonb, -- {counts, spentMinor}: some days after its end, so that they outlive the recipients
    unsure_told boolean NOT NULL DEFAULT false, -- that nobody will know any more whether some of them arrived
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    frozen_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (workspace_id, id),
    UNIQUE (post_id, channel_id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id)
  );
  CREATE INDEX sms_rounds_newest ON sms_rounds (workspace_id, frozen_at DESC, id DESC);
  CREATE INDEX sms_rounds_of_client ON sms_rounds (client_id) WHERE state IN ('frozen', 'sending', 'paused'); -- what they are about to cost
  CREATE INDEX sms_rounds_ended ON sms_rounds (ended_at) WHERE NOT unsure_told;
  CREATE INDEX sms_rounds_open ON sms_rounds (rest_until) WHERE state IN ('frozen', 'sending');

  CREATE TABLE sms_recipients ( -- one SMS to one person each; as recipients of newsletters
    round_id uuid NOT NULL REFERENCES sms_rounds (id),
    subscriber_id uuid NOT NULL,
    list_id uuid NOT NULL,
    address_key text COLLATE "C" NOT NULL, -- E.164; 'erased:<id>' once erased
    ref uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), -- under which the gateway tells of it
    state text NOT NULL DEFAULT 'waiting'
      CHECK (state IN ('waiting', 'reserved', 'sending', 'sent', 'failed', 'unconfirmed', 'suppressed', 'expired')),
    cost_minor numeric(10, 4) NOT NULL,
    month text COLLATE "C", -- of the client, into which its cost falls, whatever becomes of its zone; null = it costs nothing (yet, or any more)
    day date, -- of the client, which it takes up; null = none
    lease_until timestamptz, -- while reserved or sending
    lease_by uuid,
    intent_at timestamptz,
    sent_at timestamptz,
    look_at timestamptz, -- of an unconfirmed one: when it is looked for
    looks smallint NOT NULL DEFAULT 0,
    remote_id text,
    detail text,
    told text CHECK (told IN ('failed', 'sent', 'suppressed')), -- by the gateway, while its answer was still out: that decides
    PRIMARY KEY (round_id, subscriber_id)
  ) WITH (fillfactor = 80);
  CREATE INDEX sms_recipients_open ON sms_recipients (round_id, subscriber_id) WHERE state IN ('waiting', 'reserved', 'sending');
  CREATE INDEX sms_recipients_coming ON sms_recipients (address_key) WHERE state IN ('waiting', 'reserved', 'sending'); -- who is about to have one
  CREATE INDEX sms_recipients_leased ON sms_recipients (lease_until) WHERE state IN ('reserved', 'sending');
  CREATE INDEX sms_recipients_unsure ON sms_recipients (round_id) WHERE state = 'unconfirmed';
  CREATE INDEX sms_recipients_look ON sms_recipients (look_at) WHERE state = 'unconfirmed' AND look_at IS NOT NULL;

  CREATE TABLE sms_days ( -- one SMS to a person and day, from whichever client: people see one number
    workspace_id uuid NOT NULL,
    address_key text COLLATE "C" NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (workspace_id, address_key, day)
  );
  CREATE INDEX sms_days_old ON sms_days (day);

  CREATE TABLE page_links ( -- a short address that leads to wherever a post can be read
    token text COLLATE "C" PRIMARY KEY,
    workspace_id uuid NOT NULL,
    post_id uuid NOT NULL UNIQUE,
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id)
  );
`;
