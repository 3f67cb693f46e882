export const incidents = `
  ALTER TABLE incidents
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'recovering', 'closed')),
    ADD COLUMN ended_at timestamptz, -- the last of its components was back; closed_at follows when it stays so
    ADD COLUMN cause text NOT NULL DEFAULT 'unknown',
    ADD COLUMN confidence real NOT NULL DEFAULT 0,
    ADD COLUMN official jsonb, -- what the platform itself says: {text, url, at}; the only cause that clients are told
    ADD COLUMN false_alarm jsonb; -- the operator's: {by, at, reason}
  UPDATE incidents SET ended_at = opened_at, state = CASE WHEN closed_at IS NULL THEN 'recovering' ELSE 'closed' END; -- our own absences: over when they were noticed
  CREATE UNIQUE INDEX incidents_open ON incidents (subject) WHERE closed_at IS NULL AND kind IN ('outage', 'maintenance');
  CREATE INDEX incidents_began ON incidents (began_at DESC, id DESC);

  CREATE TABLE incident_components (
    incident_id uuid NOT NULL REFERENCES incidents (id),
    component_id text NOT NULL,
    connector_id text NOT NULL,
    host text NOT NULL,
    platform text, -- its name; null = the connector's
    subject text, -- what it falls together with: its infra group, or its host; null = the incident's
    upstream text, -- the edge it fell by (core/edge.ts); null = none is known
    state text NOT NULL, -- as last told
    only_media boolean NOT NULL DEFAULT false, -- text flows: what has no picture or film is not touched
    told_at timestamptz NOT NULL DEFAULT now(), -- when its state was last told: what is older changes nothing any more
    fell_at timestamptz NOT NULL, -- when it fell last
    long_fell_at timestamptz, -- the first of its earlier falls that lasted 15 minutes: that one was told
    back_at timestamptz, -- null = not back
    relapses integer NOT NULL DEFAULT 0,
    PRIMARY KEY (incident_id, component_id)
  );
  CREATE INDEX incident_components_component ON incident_components (component_id);

  CREATE TABLE incident_events ( -- the story: evidence as it came, changes of state
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents (id),
    at timestamptz NOT NULL,
    component_id text,
    kind text NOT NULL, -- 'state', 'official', 'recovering', 'closed', 'reopened', 'false-alarm', 'no-false-alarm'
    payload jsonb NOT NULL DEFAULT '{}'
  );
  CREATE INDEX incident_events_incident ON incident_events (incident_id, id);

  CREATE TABLE incident_notes ( -- a workspace's own; no other sees them
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents (id),
    workspace_id uuid NOT NULL REFERENCES workspaces (id),
    text text NOT NULL,
    written_by jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX incident_notes_incident ON incident_notes (incident_id, workspace_id, created_at);

  CREATE TABLE incident_deliveries ( -- what was planned on the fallen platforms, as it stood when the incident first saw it
    incident_id uuid NOT NULL REFERENCES incidents (id),
    delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE, -- a delivery nothing came of can be erased
    workspace_id uuid NOT NULL,
    client_id uuid NOT NULL,
    planned_at timestamptz NOT NULL,
    PRIMARY KEY (incident_id, delivery_id)
  );
  CREATE INDEX incident_deliveries_client ON incident_deliveries (incident_id, workspace_id, client_id, planned_at);
  CREATE INDEX incident_deliveries_delivery ON incident_deliveries (delivery_id);

  ALTER TABLE components ADD COLUMN said jsonb; -- what the other rooms were last told: {state, media, kind, impaired, official}; null = what the columns say

  CREATE TABLE maintenances ( -- announced: by the operator, or by the platform's own page
    id uuid PRIMARY KEY,
    component_id text NOT NULL,
    source text NOT NULL CHECK (source IN ('operator', 'page')),
    key text NOT NULL, -- of the announcement on its page; of ours, its id
    from_at timestamptz NOT NULL,
    to_at timestamptz, -- null = open end
    reason text NOT NULL,
    url text,
    said_by jsonb, -- actor; null = the page
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz,
    cancelled_by jsonb, -- actor; null = it is no more on its page, and may be again
    UNIQUE (component_id, source, key)
  );
  CREATE INDEX maintenances_coming ON maintenances (component_id, from_at) WHERE cancelled_at IS NULL;

  CREATE TABLE client_pages ( -- the brand's public page, and the client's own by private link
    client_id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    slug text, -- of the brand's page; null = none chosen
    brand_on boolean NOT NULL DEFAULT false,
    contacts jsonb NOT NULL DEFAULT '{}', -- where the brand is found meanwhile, for everybody to read
    link_version integer NOT NULL DEFAULT 1, -- raised to make earlier private links worthless
    version integer NOT NULL DEFAULT 1,
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
  );
  CREATE UNIQUE INDEX client_pages_slug ON client_pages (lower(slug)) WHERE slug IS NOT NULL;
`;
