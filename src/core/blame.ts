/** Where the fault lies, the narrowest first. */
export type Scope =
  | { readonly kind: 'none' }
  | { readonly kind: 'self' }
  | { readonly kind: 'account'; readonly accounts: readonly string[] }
  | { readonly kind: 'app'; readonly app: string }
  | { readonly kind: 'component' }
  | { readonly kind: 'group' };

/** One account as last seen on the component: a write, a look or a read-back. */
export interface Sighting {
  readonly account: string;
  readonly client: string;
  readonly workspace: string;
  readonly app: string | null;
  readonly failing: boolean;
}

export interface Evidence {
  /** Our own network is in doubt. */
  readonly impaired: boolean;
  /** Unsigned reads, of nobody's account, fail. */
  readonly probesFail: boolean;
  readonly sightings: readonly Sighting[];
  /** Of the other components of its infra group: how many there are, and how many are down. */
  readonly siblings: { readonly known: number; readonly down: number };
  /** Witnesses of other clients needed to accuse the platform (three; or all, at least two). */
  readonly clients: number;
}

/**
 * The narrowest scope that explains the evidence (DESIGN §7): "reconnect this account" is not "Instagram is down". One
 * client's accounts, however many, accuse nobody but themselves.
 */
export function blame({ impaired, probesFail, sightings, siblings, clients }: Evidence): Scope {
  if (impaired) return { kind: 'self' };
  const failing = sightings.filter((one) => one.failing);
  const fine = sightings.filter((one) => !one.failing);
  if (failing.length === 0 && !probesFail) return { kind: 'none' };

  const whole: Scope = siblings.known > 0 && siblings.down * 2 > siblings.known ? { kind: 'group' } : { kind: 'component' };
  // Nobody's account is asked by a probe: no account explains it.
  if (probesFail) return whole;
  const app = appOf(failing, fine);
  if (app !== null) return { kind: 'app', app };
  const accused = new Set(failing.map((one) => one.client)).size;
  const cleared = new Set(fine.map((one) => one.client)).size;
  const enough = accused >= 3 || (accused >= 2 && accused >= clients);
  if (enough && accused >= 3 * cleared) return whole;
  return { kind: 'account', accounts: [...new Set(failing.map((one) => one.account))].toSorted() };
}

/** Two accounts and more of one app fail and none of its accounts works, while those of another app do. */
function appOf(failing: readonly Sighting[], fine: readonly Sighting[]): string | null {
  const [first] = failing;
  if (!first || first.app === null || failing.some((one) => one.app !== first.app)) return null;
  const accounts = new Set(failing.map((one) => one.account));
  const others = fine.some((one) => one.app !== null && one.app !== first.app);
  return accounts.size >= 2 && others && fine.every((one) => one.app !== first.app) ? first.app : null;
}
