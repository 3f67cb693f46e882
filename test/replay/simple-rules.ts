import { Chance } from './chance.js';
import { Fleet } from './fleet.js';
import type { OutageRow } from './rows.js';
import type { Setting } from './outage.js';
import { World } from './world.js';

/** What a rule of a few lines makes of one row. */
export interface RuleFigures {
  readonly downMs: number | null;
  readonly heldShare: number | null;
  readonly falseDowns: number;
  readonly missed: boolean;
}

export const simpleRules = ['fixedCheck', 'threeInARow', 'officialOnly'] as const;
export type SimpleRule = (typeof simpleRules)[number];

interface Shut {
  readonly from: number;
  readonly to: number;
}

const DAY = 86_400_000;

/** The same outage, the same noise, a rule that fits in a few lines. */
export function replaySimply(rule: SimpleRule, row: OutageRow, { size, seed, normalDays = 15 }: Setting): RuleFigures {
  const span = { from: row.from - normalDays * DAY, to: row.to + normalDays * DAY };
  const chance = (of: string) => new Chance(`${seed}/${row.id}/${rule}/${of}`);
  const world = new World([row], span, new Chance(`${seed}/${row.id}/world`));
  const fleet = new Fleet(size, chance('fleet'));
  const shut = rule === 'fixedCheck' ? fixedCheck(world, span) : rule === 'threeInARow' ? threeInARow(world, span, fleet, chance('posts')) : official(row);

  const own = row.kind === 'none_for_platforms';
  const hits = shut.filter((one) => one.to > row.from && one.from < row.to);
  let due = 0;
  let held = 0;
  for (let at = row.from + fleet.gapMs(); at < row.to; at += fleet.gapMs()) {
    due++;
    if (hits.some((one) => at >= one.from && at < one.to)) held++;
  }
  const real = own ? [] : hits;
  return {
    downMs: real[0] ? Math.max(0, real[0].from - row.from) : null, heldShare: own || due === 0 ? null : held / due,
    falseDowns: shut.length - real.length, missed: !own && real.length === 0,
  };
}

/** A read each minute, asked again after 5 s: twice bad is down, the next good one is up. */
function fixedCheck(world: World, { from, to }: Shut): readonly Shut[] {
  const found: Shut[] = [];
  let since: number | null = null;
  for (let at = from; at < to; at += 60_000) {
    const first = world.calmUntil(at) > at + 10_000 || world.read(at).result;
    const good = first || world.read(at + 5_000).result;
    if (good && since !== null) {
      found.push({ from: since, to: at });
      since = null;
    } else if (!good) since ??= at + 5_000;
  }
  return found;
}

/** Three failed posts in a row are down; after five minutes the next post tries again. */
function threeInARow(world: World, { from, to }: Shut, fleet: Fleet, chance: Chance): readonly Shut[] {
  const found: Shut[] = [];
  let failures = 0;
  let since: number | null = null;
  let againAt = 0;
  for (let at = from + fleet.gapMs(); at < to; at += fleet.gapMs()) {
    if (since !== null && at < againAt) continue;
    const good = world.write(at, chance.is(0.6)).result === 'delivered';
    failures = good ? 0 : failures + 1;
    if (good && since !== null) {
      found.push({ from: since, to: at });
      since = null;
    }
    if (failures < 3) continue;
    since ??= at;
    againAt = at + 300_000;
  }
  return found;
}

/** Down when the platform says so, up when it is over. */
function official({ ackAt, to }: OutageRow): readonly Shut[] {
  return ackAt !== null && ackAt < to ? [{ from: ackAt, to }] : [];
}
