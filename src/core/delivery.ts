/** States of a delivery and what each may become (DESIGN §4). The only place that says so. */
export const transitions = {
  scheduled: ['sending', 'held', 'rerouted', 'skipped', 'missed', 'cancelled', 'published'], // published: a person ends it incomplete
  held: ['scheduled', 'sending', 'rerouted', 'skipped', 'missed', 'cancelled', 'published'], // published: posted by hand (§8)
  sending: ['published', 'scheduled', 'held', 'unconfirmed', 'failed'],
  unconfirmed: ['published', 'scheduled', 'failed'],
  published: ['failed', 'skipped'], // an outlet of the house took it, and nobody got it (§8)
  rerouted: ['held', 'missed', 'skipped', 'scheduled'], // nothing came of it elsewhere (§8), or a person stopped it there
  failed: ['scheduled', 'published'], // a person re-arms (a new arming), or says that it is out
  missed: ['scheduled', 'published'],
  skipped: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type DeliveryState = keyof typeof transitions;

export const deliveryStates = Object.keys(transitions) as readonly DeliveryState[];

/** What people call the states, within a sentence. In Italian of the post, or as the name of a state: “nello stato trattenuto”. */
export const stateNames = {
  scheduled: { en: 'scheduled', it: 'in programma' },
  held: { en: 'held', it: 'trattenuto' },
  sending: { en: 'sending', it: 'in invio' },
  unconfirmed: { en: 'unconfirmed', it: 'non confermato' },
  published: { en: 'published', it: 'pubblicato' },
  rerouted: { en: 'rerouted', it: 'reindirizzato' },
  failed: { en: 'failed', it: 'non riuscito' },
  missed: { en: 'missed', it: 'mancato' },
  skipped: { en: 'skipped', it: 'saltato' },
  cancelled: { en: 'cancelled', it: 'annullato' },
} as const satisfies Readonly<Record<DeliveryState, { readonly en: string; readonly it: string }>>;

/** Why a held delivery waits now. It only says why: every gate is asked again at the claim. */
export const holdReasons = ['outage', 'suspect', 'late', 'pause', 'pace', 'account', 'approval', 'ask'] as const;
export type HoldReason = (typeof holdReasons)[number];

/** States in which the row is in flight: editing, moving or cancelling answers 409. */
export const lockedStates = ['sending', 'unconfirmed'] as const satisfies readonly DeliveryState[];

export function mayBecome(from: DeliveryState, to: DeliveryState): boolean {
  return (transitions[from] as readonly DeliveryState[]).includes(to);
}

export function isEnd(state: DeliveryState): boolean {
  return ['published', 'rerouted', 'failed', 'missed', 'skipped', 'cancelled'].includes(state);
}

export type PostState = 'draft' | 'in-review' | 'scheduled' | 'partly-published' | 'published' | 'needs-attention' | 'cancelled';

/** Derives a post's state from where its author left it and from its deliveries. */
export function postState(editing: 'draft' | 'in-review' | 'ready', deliveries: readonly DeliveryState[]): PostState {
  if (editing !== 'ready') return editing;
  const live = deliveries.filter((state) => state !== 'cancelled' && state !== 'skipped');
  if (live.length === 0) return deliveries.length === 0 ? 'draft' : 'cancelled';
  if (live.some((state) => state === 'failed' || state === 'missed')) return 'needs-attention';
  const out = live.filter((state) => state === 'published' || state === 'rerouted').length;
  if (out === live.length) return 'published';
  return out > 0 ? 'partly-published' : 'scheduled';
}
