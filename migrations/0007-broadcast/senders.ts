export const senders = `
  CREATE TABLE senders ( -- in whose name a brand's newsletters go; one per client
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL UNIQUE,
    from_name text NOT NULL,
    from_address text NOT NULL,
    reply_to text,
    imprint text NOT NULL, -- who is responsible, with a postal address: at the foot of every mail
    sealed_smtp_url text, -- null = the installation's
    bounce_address text, -- where undeliverable mail comes back to, with +… for each recipient; null = the From address
    sealed_imap_url text, -- the mailbox behind it
    sealed_hook_secret text NOT NULL, -- signs what a provider tells of bounces
    dkim_selector text NOT NULL,
    sealed_dkim_key text NOT NULL, -- PKCS #8, PEM
    dkim_public text NOT NULL, -- base64, as it stands in the DNS
    rate_per_second double precision CHECK (rate_per_second > 0), -- null = as fast as the server takes it
    connections smallint NOT NULL DEFAULT 5 CHECK (connections BETWEEN 1 AND 20),
    is_warm boolean NOT NULL DEFAULT false, -- a person says: this address has long been writing to as many
    first_mail_at timestamptz, -- of the warm-up
    utm jsonb, -- {source, medium, campaign}; null = links stay as they are
    checks jsonb NOT NULL DEFAULT '[]', -- [{name, state, detail}] of SPF, DKIM and DMARC
    checked_at timestamptz,
    verified_at timestamptz, -- all three were in order; only then real people are written to
    paused_at timestamptz,
    pause_reason text, -- 'refusals', 'silence', 'bounces', 'sign-in', 'person'
    pause_detail text,
    rest_until timestamptz NOT NULL DEFAULT '-infinity', -- the server took nothing: not again before this
    troubles integer NOT NULL DEFAULT 0, -- such in a row
    lease_until timestamptz NOT NULL DEFAULT '-infinity', -- one process sends in one name at a time: so that pace and warm-up hold
    lease_by uuid,
    mailbox_until timestamptz NOT NULL DEFAULT '-infinity', -- one process reads the mailbox at a time, and not again before this
    mailbox_detail text, -- why it could not be read; null = it could
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );

  CREATE TABLE templates (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    mjml text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE INDEX templates_client ON templates (client_id);
`;
