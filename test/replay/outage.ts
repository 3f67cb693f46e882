import { detectorConfig, type DetectorConfig } from '../../src/core/detector-config.js';
import { story, verdict } from '../../src/core/story.js';
import { Chance } from './chance.js';
import { Fleet, type FleetSize } from './fleet.js';
import { falseDowns } from './measure.js';
import { Posts } from './posts.js';
import { Room } from './room.js';
import type { OutageRow } from './rows.js';
import { type Fault, type Span, World } from './world.js';

const DAY = 86_400_000;
const NORMAL_DAYS = 15;
const heldStates = new Set(['down', 'maintenance', 'recovering']);
/** Where every write the fault touches fails: the first failing post warns those that follow. */
const blocking = new Set<Fault['kind']>(['total', '5xx', 'dns', 'login', 'media', 'limit_error', 'api_error', 'account_error']);
const waitStates = new Set([...heldStates, 'suspect', 'offline']);

export interface RowFigures {
  readonly id: string;
  readonly kind: Fault['kind'];
  readonly suspectMs: number | null;
  readonly downMs: number | null;
  readonly postsDue: number;
  /** null: no post the outage touches fell due in it (or, if it can only be seen by reading back, none was read back). */
  readonly heldShare: number | null;
  /** Of the posts due more than a minute after the first one failed: share that waited (suspect or stronger). */
  readonly waitShare: number | null;
  readonly falseDowns: number;
  readonly brownouts: number;
  readonly missed: boolean;
  readonly cause: string;
  readonly wrongCause: boolean;
  readonly untoldWaits: number;
  readonly endedFailed: number;
  readonly toldToReconnect: number;
  readonly canaries: number;
  readonly unconfirmedCanaries: number;
  /** From the end of the outage until it was seen to be over. */
  readonly noticedMs: number | null;
}

export interface Setting {
  readonly size: FleetSize;
  readonly seed: number;
  readonly normalDays?: number;
  readonly config?: DetectorConfig;
}

export function stage(faults: readonly Fault[], span: Span, { size, seed, config = detectorConfig }: Setting, name: string) {
  const chance = (of: string) => new Chance(`${seed}/${name}/${of}`);
  const world = new World(faults, span, chance('world'));
  const fleet = new Fleet(size, chance('fleet'));
  const room = new Room(world, chance('room'), span.from, size.tenants > 1 ? ['a', 'b'] : ['a'], config);
  const posts = new Posts(room, world, fleet, chance('posts'));
  // Who used it yesterday is known: forty of yesterday's posts.
  for (let nth = 0; nth < Math.min(40, size.postsPerDay); nth++) {
    room.tell({ kind: 'write', at: span.from, process: 'a', ...fleet.pick(), outcome: 'delivered', media: false, healthy: true, latencyMs: 300 });
  }
  posts.arrive(span.to);
  return { world, fleet, room, posts };
}

/** One outage with normal days around it, through the real detector. */
export function replayRow(row: OutageRow, setting: Setting): RowFigures {
  const days = (setting.normalDays ?? NORMAL_DAYS) * DAY;
  const span = { from: row.from - days, to: row.to + days };
  const { world, room, posts } = stage([row], span, setting, row.id);
  let firstFault = Number.POSITIVE_INFINITY;
  let firstUnread = Number.POSITIVE_INFINITY;
  posts.onFault = (of, at) => {
    if (of === 'write') firstFault = Math.min(firstFault, at);
    else firstUnread = Math.min(firstUnread, at);
  };
  const due: { at: number; state: string }[] = [];
  posts.onDue = (post) => {
    if (post.dueAt >= row.from && post.dueAt < row.to && (row.kind !== 'media' || post.media)) due.push({ at: post.dueAt, state: post.dueVerdict });
  };
  tellOthers(row, room);

  room.agenda.runUntil(row.from);
  const atStart = verdict(room.state, 'media').state;
  room.agenda.runUntil(row.to - 1);
  const { cause, confidence } = story(room.state);
  room.agenda.runUntil(span.to);

  const own = row.kind === 'none_for_platforms';
  const from = row.kind === 'read_only' ? firstUnread : row.from;
  const first = (states: readonly string[]) => (states.includes(atStart) ? row.from : room.changes.find((change) => change.at >= row.from && change.at < row.to && states.includes(change.to))?.at);
  const since = (at: number | undefined) => (at === undefined || own || from === Number.POSITIVE_INFINITY ? null : Math.max(0, at - from));
  const downAt = first(['down', 'maintenance']);
  const endedDown = room.changes.findLast((change) => change.at < row.to);
  const counted = due.filter(({ at }) => at >= from);
  const following = due.filter(({ at }) => at > firstFault + 60_000);
  const share = (list: readonly { readonly state: string }[], of: ReadonlySet<string>) => (list.length === 0 || own ? null : list.filter(({ state }) => of.has(state)).length / list.length);
  const { downs, brownouts } = falseDowns(room.changes, world);
  return {
    id: row.id, kind: row.kind, suspectMs: since(first(['suspect', 'down', 'maintenance'])), downMs: since(downAt), postsDue: due.length,
    heldShare: share(counted, heldStates), waitShare: blocking.has(row.kind) ? share(following, waitStates) : null, falseDowns: downs.length, brownouts, missed: !own && downAt === undefined,
    cause, wrongCause: confidence >= 0.6 && !expected(row).includes(cause),
    untoldWaits: posts.tally.untoldWaits, endedFailed: posts.tally.endedFailed, toldToReconnect: posts.tally.toldToReconnect,
    canaries: posts.tally.canaries, unconfirmedCanaries: posts.tally.unconfirmedCanaries,
    noticedMs: endedDown?.to === 'down' ? (room.changes.find((change) => change.at >= row.to && change.to !== 'down')?.at ?? Number.NaN) - row.to : null,
  };
}

/** The official feed, and the neighbours that fall with it: seen like the component itself, a minute after the start. */
function tellOthers({ from, to, ackAt, infraGroup, platforms, kind }: OutageRow, room: Room): void {
  if (kind === 'none_for_platforms') return;
  const { agenda } = room;
  if (ackAt !== null && ackAt < to) {
    const say = () => {
      room.tell({ kind: 'status', level: agenda.now < to ? 'major' : 'none', cause: null });
      if (agenda.now < to) agenda.at(agenda.now + 60_000, say);
    };
    agenda.at(ackAt, say);
  }
  if (platforms.length < 2) return;
  const relation = /^(cdn|cloud):/.test(infraGroup) ? 'upstream' : 'group';
  agenda.at(from + 60_000, () => room.tell({ kind: 'sibling', id: `${infraGroup}:other`, relation, down: true }));
  agenda.at(to + 60_000, () => room.tell({ kind: 'sibling', id: `${infraGroup}:other`, relation, down: false }));
}

/** Which causes are right for a row; what is named with little confidence is no claim. */
function expected({ kind, infraGroup, causeClass }: OutageRow): readonly string[] {
  if (kind === 'none_for_platforms') return ['own-network'];
  if (kind === 'limit_error' || kind === 'api_error' || kind === 'account_error') return ['account-or-limits'];
  if (/^(cdn|cloud):/.test(infraGroup)) return ['shared-upstream', 'technical-fault'];
  return causeClass === 'policy_deliberate' ? ['maintenance'] : ['technical-fault', 'maintenance'];
}
