import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ReadPerson } from './import-rows.js';
import type { ListRow } from './list-rows.js';

/** Who is in the file, measured against who is known. */
export interface Sorted {
  readonly people: number;
  readonly suppressed: number;
  readonly unsubscribed: number;
  readonly already: number;
  readonly waiting: number;
  readonly fresh: number;
}

/** On what ground they come onto the list. */
export interface Ground {
  readonly importId: string;
  /** null = each is asked by letter. */
  readonly stated: { readonly source: string; readonly on: string } | null;
  readonly consentVersion: number;
  readonly purpose: string;
}

/** So many at a time: no statement comes near its time limit, however slow the disk. */
const PORTION = 10_000;
/** The same for what is sorted. */
const SORTED_AT_ONCE = 50_000;
/** Between the tags of one person, in an array of texts. */
const MARK = '\u001f';

/** For this transaction alone; a million people lie on disk there, not in memory. */
export async function makeTables(manager: EntityManager): Promise<void> {
  await manager.query(`CREATE TEMP TABLE incoming_rows (row int, id uuid, address text, address_key text COLLATE "C", erased_key text COLLATE "C", name text, language text, tags text[]) ON COMMIT DROP`);
  await manager.query(
    `CREATE TEMP TABLE incoming_people (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid, address text, address_key text COLLATE "C", name text, language text, tags text[], known_id uuid, was text, barred boolean) ON COMMIT DROP`,
  );
}

/** `marks`: what stands for each address where erased people are kept; '' where nobody was erased. */
export async function stage(manager: EntityManager, people: readonly ReadPerson[], marks: readonly string[]): Promise<void> {
  await manager.query(
    `INSERT INTO incoming_rows (row, id, address, address_key, erased_key, name, language, tags)
     SELECT row, id, address, key, mark, name, language, string_to_array(nullif(tags, ''), E'\\x1f')
       FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS t (row, id, address, key, mark, name, language, tags)`,
    [
      people.map(({ row }) => row), people.map(() => uuid()), people.map(({ address }) => address), people.map(({ addressKey }) => addressKey), marks,
      people.map(({ name }) => name), people.map(({ language }) => language), people.map(({ tags }) => tags.join(MARK)),
    ],
  );
}

/** Two spellings of one address become one person, the first row's, with the tags of all; and each is looked up among those known. */
export async function sort(manager: EntityManager, list: ListRow, rows: number): Promise<Sorted> {
  await manager.query('ANALYZE incoming_rows');
  const parts = partsFor(rows);
  for (let part = 0; part < parts; part += 1) await sortPart(manager, list, { part, mask: parts - 1 });
  await manager.query('ANALYZE incoming_people');
  const [sorted] = await manager.query<Sorted[]>(
    `SELECT count(*)::int AS people, count(*) FILTER (WHERE barred)::int AS suppressed, count(*) FILTER (WHERE NOT barred AND was = 'unsubscribed')::int AS unsubscribed,
            count(*) FILTER (WHERE NOT barred AND was = 'confirmed')::int AS already, count(*) FILTER (WHERE NOT barred AND was = 'pending')::int AS waiting,
            count(*) FILTER (WHERE NOT barred AND was IS NULL)::int AS fresh
       FROM incoming_people`,
  );
  if (!sorted) throw new Error('A count answered no row.');
  return sorted;
}

/** Into how many parts the rows are cut to be sorted, a power of two; an address falls into one of them by its hash. */
function partsFor(rows: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(rows / SORTED_AT_ONCE)));
}

async function sortPart(manager: EntityManager, { workspaceId, clientId, kind, id }: ListRow, { part, mask }: { readonly part: number; readonly mask: number }): Promise<void> {
  await manager.query(
    `INSERT INTO incoming_people (id, address, address_key, name, language, tags, known_id, was, barred)
     SELECT i.id, i.address, i.address_key, i.name, i.language, coalesce(i.tags, '{}'), p.id, s.state,
            EXISTS (SELECT FROM suppressions x WHERE x.workspace_id = $1 AND x.kind = $3 AND x.address_key IN (i.address_key, i.erased_key) AND (x.client_id IS NULL OR x.client_id = $2))
       FROM (SELECT DISTINCT ON (address_key) * FROM incoming_rows WHERE hashtext(address_key) & $6 = $5 ORDER BY address_key, row) AS i
       LEFT JOIN subscribers p ON p.workspace_id = $1 AND p.client_id = $2 AND p.kind = $3 AND p.address_key = i.address_key
       LEFT JOIN subscriptions s ON s.subscriber_id = p.id AND s.list_id = $4`,
    [workspaceId, clientId, kind, id, part, mask],
  );
  await manager.query(
    `UPDATE incoming_people i SET tags = t.tags FROM (
       SELECT r.address_key, array_agg(DISTINCT tag ORDER BY tag) AS tags FROM incoming_rows r, unnest(r.tags) AS tag
        WHERE hashtext(r.address_key) & $2 = $1 AND r.address_key IN (SELECT address_key FROM incoming_rows WHERE hashtext(address_key) & $2 = $1 GROUP BY address_key HAVING count(*) > 1)
        GROUP BY r.address_key) AS t
      WHERE t.address_key = i.address_key`,
    [part, mask],
  );
}

/** Writes them all, in portions of one transaction. Who left, or gets nothing, stays away. */
export async function writePeople(manager: EntityManager, list: ListRow, { people, ground }: { readonly people: number; readonly ground: Ground }): Promise<void> {
  // A foreign key's check keeps the plan of its first row. Made while the tables hold a page or two, it would read all of them for each person who comes.
  await manager.query('SET LOCAL enable_seqscan = off');
  await manager.query('DISCARD PLANS');
  for (let from = 0; from < people; from += PORTION) await writePortion(manager, list, { from, to: from + PORTION, ground });
}

/** As `linkToken` makes one: 24 random bytes in 32 signs, a few of them told by the kind of uuid. An SMS pays for every sign. */
const token = `translate(encode(substring(decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') FROM 1 FOR 24), 'base64'), '+/', '-_')`;

/** `s` waits for an answer, and it is stated now: that is one. */
const isAnswered = `s.state = 'pending' AND $7::date IS NOT NULL`;

/** Nothing is joined to a table that grows meanwhile: the planner knows it as it was before. */
async function writePortion(manager: EntityManager, { id, workspaceId, clientId, kind }: ListRow, { from, to, ground }: { readonly from: number; readonly to: number; readonly ground: Ground }): Promise<void> {
  const { stated, importId, consentVersion, purpose } = ground;
  await manager.query(
    `WITH part AS (SELECT * FROM incoming_people WHERE n > $1 AND n <= $2 AND NOT barred),
       fresh AS (
         INSERT INTO subscribers (id, workspace_id, client_id, kind, address, address_key, name, language, token)
         SELECT id, $3, $4, $5, address, address_key, name, language, ${token} FROM part WHERE known_id IS NULL
         ON CONFLICT (client_id, kind, address_key) DO UPDATE SET kind = excluded.kind -- signed up meanwhile: only their id is wanted
         RETURNING id, address_key),
       here AS (SELECT coalesce(part.known_id, fresh.id) AS id, part.tags, part.was FROM part LEFT JOIN fresh USING (address_key)),
       came AS (
         INSERT INTO subscriptions AS s (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_source, confirmed_at, tags, confirm_token)
         SELECT id, $6, $3, CASE WHEN $7::date IS NULL THEN 'pending' ELSE 'confirmed' END, $8, $9, coalesce($7::date::timestamp AT TIME ZONE 'UTC', now()), 'import',
                CASE WHEN $7::date IS NOT NULL THEN now() END, tags, CASE WHEN $7::date IS NULL THEN ${token} END
           FROM here WHERE was IS DISTINCT FROM 'unsubscribed'
         ON CONFLICT (subscriber_id, list_id) DO UPDATE SET
           (state, purpose, consent_version, consent_at, consent_source, confirmed_at) = (
             SELECT excluded.state, excluded.purpose, excluded.consent_version, excluded.consent_at, excluded.consent_source, excluded.confirmed_at WHERE ${isAnswered}
             UNION ALL SELECT s.state, s.purpose, s.consent_version, s.consent_at, s.consent_source, s.confirmed_at WHERE NOT (${isAnswered})),
           tags = ARRAY(SELECT DISTINCT unnest(s.tags || excluded.tags) ORDER BY 1)
           WHERE s.state <> 'unsubscribed' AND (${isAnswered} OR NOT excluded.tags <@ s.tags)
         RETURNING subscriber_id, confirmed_at = now() AS is_new)
     INSERT INTO consents (workspace_id, subscriber_id, list_id, deed, consent_version, source, at, import_id, detail)
     SELECT $3, subscriber_id, $6, 'stated', $9, 'import', $7::date::timestamp AT TIME ZONE 'UTC', $10, $11 FROM came WHERE is_new AND $7::date IS NOT NULL`,
    [from, to, workspaceId, clientId, kind, id, stated?.on ?? null, purpose, consentVersion, importId, stated?.source ?? null],
  );
}
