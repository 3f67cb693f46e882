import { v7 as uuid } from 'uuid';
import type { DataSource } from 'typeorm';

/** Stands in every text of the foreign workspace: where it is read, a wall leaks. */
export const MARK = 'only-for-B-7f3a';

/** One row of everything in a workspace, each text marked. @returns the id for a word of a path or the name of a field */
export async function fill(database: DataSource, workspaceId: string, userId: string): Promise<(name: string) => string> {
  const id = {
    client: uuid(), channel: uuid(), sender: uuid(), template: uuid(), broadcast: uuid(), round: uuid(), media: uuid(), slot: uuid(), series: uuid(), post: uuid(), delivery: uuid(), part: uuid(),
    webhook: uuid(), message: uuid(), pause: uuid(), notice: uuid(), key: uuid(), incident: uuid(), user: userId, event: uuid(), workspace: workspaceId, 'caught-mail': uuid(), 'client-notice': uuid(), article: uuid(), list: uuid(), subscriber: uuid(), segment: uuid(), suppression: uuid(), pack: uuid(), commitment: uuid(), drill: uuid(),
  };
  const run = (sql: string, ...rest: unknown[]): Promise<unknown> => database.query(sql, [workspaceId, ...rest]);
  const actor = JSON.stringify({ kind: 'user', id: userId, name: MARK });
  const parts = JSON.stringify({ parts: [{ text: MARK, media: [], link: null, language: null, options: {} }] });
  await run(`INSERT INTO clients (workspace_id, id, name, zone) VALUES ($1, $2, $3, 'Europe/Rome')`, id.client, MARK);
  await run(`INSERT INTO channels (workspace_id, id, client_id, connector_id, name, host, component_id, sealed_account)
    VALUES ($1, $2, $3, 'sandbox-alpha', $4, 'sandbox.invalid', 'sandbox-alpha:publish@sandbox.invalid', 'x')`, id.channel, id.client, MARK);
  await run(`INSERT INTO media (workspace_id, id, sha256, mime, bytes, alt, name, storage_key) VALUES ($1, $2, '\\x00', 'image/png', 1, $3, $3, 'none')`, id.media, MARK);
  await run(`INSERT INTO slots (workspace_id, id, client_id, weekday, wall_time) VALUES ($1, $2, $3, 1, '10:00')`, id.slot, id.client);
  await run(`INSERT INTO series (workspace_id, id, client_id, rule, zone, wall_start, template, created_by)
    VALUES ($1, $2, $3, 'FREQ=DAILY;COUNT=3', 'Europe/Rome', '2031-03-04 10:00', $4, $5)`,
    id.series, id.client, JSON.stringify({ channelIds: [id.channel], content: { parts: [{ text: MARK, media: [], link: null, language: null, options: {} }] }, variants: [], choice: 'can-wait', policy: {}, evergreen: false, labels: [], editing: 'ready' }), actor);
  await run(`INSERT INTO posts (workspace_id, id, client_id, choice, content, zone, wall_at, due_at, created_by)
    VALUES ($1, $2, $3, 'can-wait', $4, 'Europe/Rome', '2031-03-04 10:00', '2031-03-04 09:00Z', $5)`, id.post, id.client, parts, actor);
  await run(`INSERT INTO post_channels (workspace_id, post_id, channel_id) VALUES ($1, $2, $3)`, id.post, id.channel);
  await run(`INSERT INTO deliveries (workspace_id, id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
    VALUES ($1, $2, $3, $4, $5, 'sandbox-alpha', 'sandbox-alpha:publish@sandbox.invalid', 'failed', 'can-wait', '2031-03-04 09:00Z', '2031-03-04 09:00Z', '2031-03-11 09:00Z')`,
    id.delivery, id.client, id.post, id.channel);
  await run(`INSERT INTO parts (workspace_id, id, delivery_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', $5)`,
    id.part, id.delivery, id.channel, JSON.stringify({ text: MARK, media: [], link: null, language: null, options: {} }));
  await run(`INSERT INTO webhook_endpoints (workspace_id, id, url, description, sealed_secret, kinds) VALUES ($1, $2, 'https://example.com', $3, 'x', '{*}')`, id.webhook, MARK);
  await run(`INSERT INTO webhook_messages (workspace_id, id, endpoint_id, event_id, kind, body, state) VALUES ($1, $2, $3, $4, 'delivery.published', $5, 'failed')`,
    id.message, id.webhook, id.event, JSON.stringify({ mark: MARK }));
  await run(`INSERT INTO pauses (workspace_id, id, reason, created_by) VALUES ($1, $2, $3, $4)`, id.pause, MARK, actor);
  await run(`INSERT INTO notices (workspace_id, id, kind, dedupe, params) VALUES ($1, $2, 'delivery-failed', $3, $4)`, id.notice, MARK, JSON.stringify({ client: MARK }));
  await database.query(`INSERT INTO incidents (id, kind, subject, state, began_at, ended_at, closed_at, official) VALUES ($1, 'outage', 'foreign', 'closed', now(), now(), now(), $2)`,
    [id.incident, JSON.stringify({ text: MARK, url: null, at: '2031-03-04T09:00:00Z' })]);
  await run(`INSERT INTO incident_deliveries (workspace_id, incident_id, delivery_id, client_id, planned_at) VALUES ($1, $2, $3, $4, '2031-03-04 09:00Z')`, id.incident, id.delivery, id.client);
  await run(`INSERT INTO incident_notes (workspace_id, id, incident_id, text, written_by) VALUES ($1, $2, $3, $4, $5)`, uuid(), id.incident, MARK, actor);
  await run(`INSERT INTO api_keys (workspace_id, id, name, token_hash, hint, scopes, created_by) VALUES ($1, $2, $3, $4, 'abcd', '{posts:read}', $5)`,
    id.key, MARK, Buffer.from(id.key), userId);
  await run(`INSERT INTO audit_log (workspace_id, actor, action, subject, subject_id) VALUES ($1, $2, 'x', 'x', $3)`, actor, MARK);
  await run(`INSERT INTO lists (workspace_id, id, client_id, kind, name, language, purpose, consent_text, signup_token) VALUES ($1, $2, $3, 'email', $4, 'it', $4, $4, $4)`, id.list, id.client, MARK);
  await run(`INSERT INTO subscribers (workspace_id, id, client_id, kind, address, address_key, name, language, token) VALUES ($1, $2, $3, 'email', $4, $5, $5, 'it', $5)`, id.subscriber, id.client, `${MARK}@example.com`, MARK);
  await run(`INSERT INTO subscriptions (workspace_id, subscriber_id, list_id, state, purpose, consent_version, consent_at, consent_source) VALUES ($1, $2, $3, 'confirmed', $4, 1, now(), 'form')`, id.subscriber, id.list, MARK);
  await run(`INSERT INTO segments (workspace_id, id, list_id, name, rule) VALUES ($1, $2, $3, $4, '{"match":"all","conditions":[{"kind":"language","language":"it"}]}')`, id.segment, id.list, MARK);
  await run(`INSERT INTO suppressions (workspace_id, id, client_id, kind, address_key, reason, detail) VALUES ($1, $2, $3, 'email', $4, 'person', $4)`, id.suppression, id.client, MARK);
  const mail = JSON.stringify({ subject: MARK, text: MARK, html: MARK, fromName: MARK, about: 'notice', toName: MARK });
  await run(`INSERT INTO caught_mails (workspace_id, id, to_address, subject, mail) VALUES ($1, $2, $3, $3, $4)`, id['caught-mail'], MARK, mail);
  await run(`INSERT INTO letters (workspace_id, id, once, about, to_name, to_address, mail, state, until) VALUES ($1, $2, $3, 'notice', $3, $3, $4, 'sent', now())`, uuid(), MARK, mail);
  await run(`INSERT INTO client_notices (workspace_id, id, incident_id, client_id, kind, state, subject, text, component_ids, since) VALUES ($1, $2, $3, $4, 'opening', 'shown', $5, $5, '{}', now())`,
    id['client-notice'], id.incident, id.client, MARK);
  await run(`INSERT INTO client_pages (workspace_id, client_id, slug, brand_on, contacts) VALUES ($1, $2, lower($3), true, $4)`, id.client, MARK, JSON.stringify({ email: `${MARK}@example.com` }));
  await run(`INSERT INTO incident_asks (workspace_id, incident_id, client_id, next_at) VALUES ($1, $2, $3, 'infinity')`, id.incident, id.client);
  await run(`INSERT INTO blogs (workspace_id, client_id, is_on, slug, title, language, accent) VALUES ($1, $2, true, 'only-for-b', $3, 'en', '#000000')`, id.client, MARK);
  await run(`INSERT INTO articles (workspace_id, id, client_id, slug, title, sections) VALUES ($1, $2, $3, 'x', $4, $5)`, id.article, id.client, MARK,
    JSON.stringify([{ text: MARK, media: [], link: null }]));
  await run(`INSERT INTO article_parts (workspace_id, key, article_id, section) VALUES ($1, 'k', $2, 0)`, id.article);
  await run(`INSERT INTO packs (workspace_id, id, client_id, title, language, head_hash, created_by) VALUES ($1, $2, $3, $4, 'it', 'x', $5)`, id.pack, id.client, MARK, actor);
  await run(`INSERT INTO pack_variants (workspace_id, id, pack_id, channel_id, content, hash) VALUES ($1, $2, $3, $4, $5, 'x')`, uuid(), id.pack, id.channel, parts);
  await run(`INSERT INTO commitments (workspace_id, id, client_id, kind, title, connector_ids, zone, wall_from, wall_until, from_at, until_at, created_by) VALUES ($1, $2, $3, 'event', $4, '{sandbox-alpha}', 'UTC', '2031-03-04 10:00', '2031-03-05 10:00', '2031-03-04 10:00Z', '2031-03-05 10:00Z', $5)`, id.commitment, id.client, MARK, actor);
  await run(`INSERT INTO incident_tasks (workspace_id, incident_id, commitment_id, code, connector_id, done_by) VALUES ($1, $2, $3, 'read-messages', 'sandbox-alpha', $4)`, id.incident, id.commitment, actor);
  await run(`INSERT INTO commitment_versions (workspace_id, commitment_id, version, was) VALUES ($1, $2, 1, $3)`, id.commitment, JSON.stringify({ title: MARK }));
  await run(`INSERT INTO series_fallbacks (workspace_id, series_id, channel_id, content, created_by) VALUES ($1, $2, $3, $4, $5)`, id.series, id.channel, JSON.stringify({ parts: [{ text: MARK, media: [], link: null, language: null, options: {} }] }), actor);
  await run(`INSERT INTO senders (workspace_id, id, client_id, from_name, from_address, imprint, sealed_hook_secret, dkim_selector, sealed_dkim_key, dkim_public) VALUES ($1, $2, $3, $4, 'b@example.com', $4, 'x', 'x', 'x', 'x')`, id.sender, id.client, MARK);
  await run(`INSERT INTO templates (workspace_id, id, client_id, name, mjml) VALUES ($1, $2, $3, $4, $5)`, id.template, id.client, MARK, `<mjml>${MARK}</mjml>`);
  await run(`INSERT INTO broadcasts (workspace_id, id, client_id, channel_id, post_id, language, subject, content, state, web_token, created_by)
    VALUES ($1, $2, $3, $4, $5, 'en', $6, $7, 'drafted', md5($6), $8)`, id.broadcast, id.client, id.channel, id.post, MARK, JSON.stringify({ text: MARK, media: [], link: null }), actor);
  await run(`INSERT INTO phone_gateways (workspace_id, kind, host, sealed_account, callback_token, currency, price_minor, trouble) VALUES ($1, 'twilio', 'api.twilio.com', 'x', $2, 'EUR', 1, $2)`, MARK);
  await run(`INSERT INTO phone_calls (workspace_id, id, client_id, once, reason, to_number, text, language, expires_at, created_by) VALUES ($1, $2, $3, $4, 'person', '+393331234567', $4, 'it', now(), $5)`, uuid(), id.client, MARK, actor);
  await run(`INSERT INTO sms_rounds (workspace_id, id, client_id, channel_id, post_id, part_key, purpose, list_ids, text, way_out, encoding, segments, currency, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, 'issue', '{}', $6, $6, 'gsm-7', 1, 'EUR', $7)`, id.round, id.client, id.channel, id.post, MARK, actor);
  await database.query(`INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key, state, detail) VALUES ($1, $2, $3, $4, $4, 'failed', $4)`, [id.broadcast, id.subscriber, id.list, MARK]);
  await database.query(`INSERT INTO sms_recipients (round_id, subscriber_id, list_id, address_key, state, cost_minor, detail) VALUES ($1, $2, $3, $4, 'failed', 1, $4)`, [id.round, id.subscriber, id.list, MARK]);
  await run(`INSERT INTO sms_caps (workspace_id, client_id, cap_minor, currency) VALUES ($1, $2, 100, 'EUR')`, id.client);
  await run(`INSERT INTO phone_costs (workspace_id, client_id, month, kind, subject_id, minor, currency) VALUES ($1, $2, '2031-03', 'sms', $3, 10, 'EUR')`, id.client, id.round);
  await run(`INSERT INTO page_links (workspace_id, token, post_id) VALUES ($1, 'onlyforb', $2)`, id.post);
  await run(`INSERT INTO drills (workspace_id, id, state, scenarios, started_by) VALUES ($1, $2, 'failed', '{night}', $3)`, id.drill, actor);
  const other: Readonly<Record<string, string>> = { member: userId, endpoint: id.webhook, thumb: id.media, rerouteTo: id.channel, logoMedia: id.media, subject: id.client };
  return (name) => {
    const word = name.replace(/Ids?$/, '').replace(/ies$/, 'y').replace(/s$/, '');
    const found = { ...id, ...other, sery: id.series }[word];
    if (!found) throw new Error(`The matrix has no row for "${name}": add one to test/e2e/foreign-rows.ts.`);
    return found;
  };
}

/** Every row of a workspace in every table that has one, to be compared before and after. */
export async function rowsOf(database: DataSource, workspaceId: string): Promise<Record<string, unknown>> {
  const tables: { table_name: string }[] = await database.query(
    `SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.column_name = 'workspace_id' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1`);
  const rows: Record<string, unknown> = {};
  for (const { table_name: table } of tables) {
    rows[table] = await database.query(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE workspace_id = $1 ORDER BY to_jsonb(t)::text`, [workspaceId]);
  }
  return rows;
}
