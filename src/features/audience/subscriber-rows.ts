import { notSuppressed } from './reachable-sql.js';
import type { ListSubscriber, Subscriber } from './subscriber.schema.js';

/** Of `subscribers p`. */
export const personColumns = `p.id, p.address, p.name, p.language, CASE WHEN ${notSuppressed} THEN NULL ELSE (
  SELECT x.reason FROM suppressions x WHERE x.workspace_id = p.workspace_id AND x.kind = p.kind AND x.address_key = p.address_key AND (x.client_id IS NULL OR x.client_id = p.client_id) LIMIT 1) END AS suppressed`;

/** Of `subscriptions s`. */
export const consentColumns = `s.state, s.tags, s.purpose, s.consent_version AS "consentVersion", s.consent_at AS "consentAt", host(s.consent_ip) AS "consentIp", s.consent_source AS "consentSource",
  s.confirmed_at AS "confirmedAt", s.ended_at AS "endedAt"`;

type Timed = 'consentAt' | 'confirmedAt' | 'endedAt';
interface Times {
  readonly consentAt: Date;
  readonly confirmedAt: Date | null;
  readonly endedAt: Date | null;
}
export type ListSubscriberRow = Omit<ListSubscriber, Timed> & Times;
export type SubscriptionRow = Omit<Subscriber['subscriptions'][number], Timed> & Times;

/** Times as they stand in answers. */
export function told<Row extends Times>(row: Row): Omit<Row, Timed> & { readonly consentAt: string; readonly confirmedAt: string | null; readonly endedAt: string | null } {
  return { ...row, consentAt: row.consentAt.toISOString(), confirmedAt: row.confirmedAt?.toISOString() ?? null, endedAt: row.endedAt?.toISOString() ?? null };
}
