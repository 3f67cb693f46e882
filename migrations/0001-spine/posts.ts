export const posts = `
  CREATE TABLE slots (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid, -- null = every channel of the client
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- ISO: 1 = Monday
    wall_time time NOT NULL, -- in the client's zone
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE UNIQUE INDEX slots_once ON slots (client_id, weekday, wall_time, coalesce(channel_id, '00000000-0000-0000-0000-000000000000'));

  CREATE TABLE series (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    rule text NOT NULL, -- RFC 5545 RRULE, without DTSTART
    zone text NOT NULL,
    wall_start timestamp NOT NULL, -- wall time of the first occurrence
    template jsonb NOT NULL, -- what an occurrence says: the body of a post
    made_until timestamp, -- occurrences exist up to this wall time
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (workspace_id, id),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );

  CREATE TABLE posts (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    series_id uuid,
    occurrence timestamp, -- the wall start the rule gave, also after this one was moved
    detached boolean NOT NULL DEFAULT false, -- edited alone: "following" and "all" leave it as it is
    editing text NOT NULL DEFAULT 'ready' CHECK (editing IN ('draft', 'in-review', 'ready')),
    choice text NOT NULL CHECK (choice IN ('can-wait', 'today', 'hour-counts')),
    policy jsonb NOT NULL DEFAULT '{}', -- custom fields; {} = the preset of the choice
    content jsonb NOT NULL, -- {parts: PartContent[]}: what every channel says unless it has a variant
    zone text,
    wall_at timestamp, -- truth: wall time in zone; null only for drafts
    due_at timestamptz, -- derived
    evergreen boolean NOT NULL DEFAULT false,
    labels text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz,
    UNIQUE (workspace_id, id),
    UNIQUE (series_id, occurrence),
    CHECK (editing = 'draft' OR (zone IS NOT NULL AND wall_at IS NOT NULL AND due_at IS NOT NULL)),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id),
    FOREIGN KEY (workspace_id, series_id) REFERENCES series (workspace_id, id)
  );
  CREATE INDEX posts_calendar ON posts (workspace_id, due_at, id);
  CREATE INDEX posts_client ON posts (client_id, due_at);

  CREATE TABLE post_channels (
    post_id uuid NOT NULL REFERENCES posts (id),
    channel_id uuid NOT NULL REFERENCES channels (id),
    workspace_id uuid NOT NULL,
    variant jsonb, -- {parts: PartContent[]}; null = as the post says
    PRIMARY KEY (post_id, channel_id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
  );
  CREATE INDEX post_channels_channel ON post_channels (channel_id);
`;
