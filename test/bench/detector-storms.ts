import { Chance } from '../replay/chance.js';
import type { FleetSize } from '../replay/fleet.js';
import { falseDowns } from '../replay/measure.js';
import { stage } from '../replay/outage.js';
import type { Post } from '../replay/posts.js';
import type { WriteAnswer } from '../replay/world.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 1);

export interface Trials {
  readonly trials: number;
  /** Downs of the run with the trouble that the same seed without it does not have. */
  readonly falseDowns: number;
}

const storms = ['bad tokens', 'rate limits', 'bad content', 'thirty accounts'] as const;
/** One agency among sixty, one of five, and one client of twelve in a single agency. */
const sizes: readonly FleetSize[] = [
  { postsPerDay: 2_000, tenants: 60, clients: 5 }, { postsPerDay: 2_000, tenants: 60, clients: 5 }, { postsPerDay: 300, tenants: 5, clients: 12 }, { postsPerDay: 30, tenants: 1, clients: 12 },
];

/** Everything of one tenant fails for half an hour; nothing else does. */
export function tenantStorms(trials: number, seed: number): Trials & { readonly byStorm: Readonly<Record<string, number>> } {
  const byStorm: Record<string, number> = {};
  let falseOnes = 0;
  for (let i = 0; i < trials; i++) {
    const storm = storms[i % storms.length]!;
    const size = sizes[Math.floor(i / storms.length) % sizes.length]!;
    const stormy = downs(size, seed + i, storm);
    if (stormy === 0 || stormy <= downs(size, seed + i, null)) continue;
    falseOnes++;
    byStorm[`${storm}, ${size.tenants} tenants`] = (byStorm[`${storm}, ${size.tenants} tenants`] ?? 0) + 1;
  }
  return { trials, falseDowns: falseOnes, byStorm };
}

function downs(size: FleetSize, seed: number, storm: (typeof storms)[number] | null): number {
  const span = { from: START, to: START + 50 * MINUTE };
  const { world, fleet, room, posts } = stage([], span, { size, seed }, 'storm');
  const calm = posts.answer;
  if (storm) {
    const chance = new Chance(`${seed}/${storm}`);
    const [victim] = fleet.accounts[chance.below(fleet.accounts.length)]!;
    const { workspace, client } = victim!;
    const count = storm === 'thirty accounts' ? 30 : 5;
    const accounts = Array.from({ length: count }, (_, n) => ({ account: `storm${n}`, client: size.tenants === 1 ? client : `${client}/${n}`, workspace, app: null }));
    const answer: WriteAnswer = storm === 'rate limits' ? 'throttled' : storm === 'bad tokens' || chance.is(0.5) ? 'unauthorized' : 'unavailable';
    const mine = (post: Post) => post.who.account.startsWith('storm');
    posts.answer = (at, post) => {
      if (!mine(post)) return calm(at, post);
      return { result: storm === 'bad content' ? (post.dueAt % 2 === 0 ? 'refused' : 'unavailable') : answer, afterMs: 300 };
    };
    for (let at = START + 10 * MINUTE; at < START + 40 * MINUTE; at += chance.wait(20_000)) {
      const who = accounts[chance.below(count)]!;
      room.agenda.at(Math.round(at), () => {
        if (answer === 'unauthorized') fleet.broken.set(who.account, { until: 0, looks: true });
        posts.due(who, chance.is(0.6));
      });
    }
  }
  room.agenda.runUntil(span.to);
  return falseDowns(room.changes, world).downs.length;
}

/** Our own network fails, for 30 s to 20 min: of the platform nothing may be concluded. */
export function ownNetwork(trials: number, seed: number): Trials {
  let falseOnes = 0;
  for (let i = 0; i < trials; i++) {
    const size = sizes[i % sizes.length]!;
    const lasts = new Chance(`${seed + i}/offline`).between(30_000, 1_200_000);
    const fails = (broken: boolean) => {
      const span = { from: START, to: START + 50 * MINUTE };
      const faults = broken ? [{ kind: 'none_for_platforms' as const, from: START + 20 * MINUTE, to: START + 20 * MINUTE + lasts }] : [];
      const { world, room } = stage(faults, span, { size, seed: seed + i }, 'offline');
      room.agenda.runUntil(span.to);
      return falseDowns(room.changes, world).downs.length;
    };
    const broken = fails(true);
    if (broken > 0 && broken > fails(false)) falseOnes++;
  }
  return { trials, falseDowns: falseOnes };
}
