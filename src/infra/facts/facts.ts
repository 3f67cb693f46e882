/**
 * Every fact of the house and the features that take it, in corridor order (DESIGN §3). A fact is written in the
 * transaction that makes it true, with one claim row per taker. Start-up fails if a taker is not there.
 */
export const facts = {
  'post.scheduled': ['webhooks'],
  'post.changed': ['webhooks'],
  'post.cancelled': ['webhooks'],
  'delivery.published': ['webhooks'],
  'delivery.held': ['notifications', 'webhooks'],
  'delivery.unconfirmed': ['webhooks'],
  'delivery.failed': ['notifications', 'webhooks'],
  'delivery.missed': ['notifications', 'webhooks'],
  'delivery.skipped': ['webhooks'],
  'delivery.rerouted': ['webhooks'],
  'delivery.moved': ['notifications', 'webhooks'],
  'reroute.settled': ['notifications', 'webhooks'],
  'delivery.waiting': ['notifications', 'webhooks'],
  'delivery.perhaps-twice': ['notifications', 'webhooks'],
  'delivery.vanished': ['notifications', 'webhooks'],
  'channel.reconnect': ['notifications', 'webhooks'],
  'channel.connected': ['webhooks'],
  'channel.expiring': ['notifications', 'webhooks'],
  'newsletter.paused': ['notifications', 'webhooks'],
  'newsletter.waiting': ['notifications', 'webhooks'],
  'newsletter.ended': ['notifications', 'webhooks'],
  'sms.over-cap': ['notifications', 'webhooks'],
  'sms.stopped': ['notifications', 'webhooks'],
  'sms.waiting': ['notifications', 'webhooks'],
  'sms.unsure': ['notifications', 'webhooks'],
  'call.not-made': ['notifications', 'webhooks'],
  'downtime.ended': ['notifications', 'webhooks'],
  'component.changed': ['incidents'],
  'incident.opened': ['notifications', 'webhooks'],
  'incident.changed': ['notifications', 'webhooks'],
  'incident.closed': ['notifications', 'webhooks'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type FactKind = keyof typeof facts;
export type Taker = (typeof facts)[FactKind][number];

export interface Fact {
  readonly kind: FactKind;
  /** null = the installation. */
  readonly workspaceId: string | null;
  readonly subjectId: string | null;
  /** Plain JSON, no secret, ids and short facts only. */
  readonly payload: Readonly<Record<string, unknown>>;
}
