import type { Witness } from '../../src/core/signal.js';
import type { Chance } from './chance.js';

export interface FleetSize {
  readonly postsPerDay: number;
  readonly tenants: number;
  /** Clients in each workspace, each with one account on the component. */
  readonly clients: number;
}

/** Who posts how much: groups by Zipf's law (s = 1); with one workspace its clients are the groups. */
export class Fleet {
  readonly accounts: readonly (readonly Witness[])[];
  readonly all: readonly Witness[];
  readonly #edges: readonly number[];
  /** Accounts whose own trouble lasts until then: `refused` by look and write, or only their writes throttled. */
  readonly broken = new Map<string, { readonly until: number; readonly looks: boolean }>();

  constructor(readonly size: FleetSize, private readonly chance: Chance) {
    const made = Array.from({ length: size.tenants }, (_, t) => Array.from({ length: size.clients }, (__, c) => ({ account: `a${t}.${c}`, client: `c${t}.${c}`, workspace: `w${t}`, app: null })));
    this.accounts = size.tenants === 1 ? made[0]!.map((one) => [one]) : made;
    this.all = made.flat();
    let sum = 0;
    const sums = this.accounts.map((_, i) => (sum += 1 / (i + 1)));
    this.#edges = sums.map((edge) => edge / sum);
  }

  pick(): Witness {
    const roll = this.chance.unit();
    const group = this.accounts[this.#edges.findIndex((edge) => roll < edge)]!;
    return group[this.chance.below(group.length)]!;
  }

  gapMs(): number {
    return this.chance.wait(86_400_000 / this.size.postsPerDay);
  }
}
