export const letters = `
  CREATE TABLE letters ( -- every mail to a member or a client's contact, as it goes out
    id uuid PRIMARY KEY,
    workspace_id uuid, -- null = the installation's own
    once text COLLATE "C" NOT NULL UNIQUE, -- what it is about and whom it tells: written twice, it is one letter
    about text NOT NULL, -- 'notice', 'incident', 'client-notice'
    to_name text NOT NULL,
    to_address text NOT NULL,
    user_id uuid, -- the member; null = a client's contact
    mail jsonb NOT NULL, -- subject, text, html?, fromName?, replyTo?, logo?
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(), -- while it is being sent: the end of the lease
    sending_until timestamptz, -- on its way, or (past) nobody wrote down what became of it: it may have gone
    until timestamptz NOT NULL, -- after this it would be no news, or come in the night
    road text CHECK (road IN ('first', 'second', 'catcher')), -- that took it, or that tried it last
    refusals jsonb NOT NULL DEFAULT '{}', -- what a road said that takes it never: {first?, second?}
    detail text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX letters_next ON letters (next_at) WHERE state = 'waiting';
  CREATE INDEX letters_workspace ON letters (workspace_id, created_at DESC, id DESC);
  CREATE INDEX letters_created ON letters (created_at);

  CREATE TABLE caught_mails ( -- without SMTP_URL mail ends here, to be read on the desk
    id uuid PRIMARY KEY,
    workspace_id uuid,
    to_address text NOT NULL,
    subject text NOT NULL,
    mail jsonb NOT NULL,
    caught_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX caught_mails_workspace ON caught_mails (workspace_id, caught_at DESC, id DESC);
  CREATE INDEX caught_mails_caught ON caught_mails (caught_at);

  -- What nobody was told yet is told by letter; what some were told is not told again.
  UPDATE notices SET mailed_at = NULL WHERE id IN (SELECT notice_id FROM notice_mails GROUP BY notice_id HAVING bool_and(state = 'waiting'));
  DROP TABLE notice_mails;
`;
