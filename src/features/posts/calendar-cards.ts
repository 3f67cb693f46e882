import { stateOf } from './post-reads.service.js';
import type { Editing } from './post-rows.js';

/** Posts as Postgres writes them for the calendar, in the order of their times. */
export interface Cards {
  readonly count: number;
  /** As `card` writes them. */
  readonly posts: readonly string[];
  /** As `chip` writes them: in the same order, so a post's deliveries are the next ones. */
  readonly deliveries: readonly string[];
  /** Of the few posts that have any: as JSON. */
  readonly warnings: ReadonlyMap<string | null, string>;
}

/** ISO in UTC, as the cards write times: they compare as text. */
export interface Stretch {
  readonly from: string;
  readonly to: string;
}

/** An id's length, and the field after it. */
const ID = 36;
const AFTER_ID = ID + 1;

const utc = (column: string): string => `rtrim(to_json(date_trunc('second', ${column} AT TIME ZONE 'UTC'))::text, '"'), '.000Z"'`;

/**
 * `<id>|<editing>|<1 when cancelled>|<JSON, up to its state>`. Ids, choices and zones hold nothing that JSON would have to
 * escape; times as JSON is how Postgres writes them fastest.
 */
export const card = `concat(p.id, '|', p.editing, '|', CASE WHEN p.cancelled_at IS NULL THEN 0 ELSE 1 END, '|{"id":"', p.id, '","clientId":"', p.client_id,
  '","seriesId":', coalesce('"' || p.series_id || '"', 'null'), ',"choice":"', p.choice, '","wallAt":', to_json(p.wall_at), ',"zone":"', p.zone,
  '","dueAt":', ${utc('p.due_at')}, ',"text":', to_json(left(p.content #>> '{parts,0,text}', 120)),
  ',"media":', jsonb_array_length(p.content #> '{parts,0,media}'), ',"labels":', to_json(p.labels), ',"version":', p.version)`;

/** `<post's id>|<state>|<mark><JSON>`. The mark, of one due at another time than its post: `m`, or `o` where it came of a reroute; such a JSON ends in `moved`. */
export const chip = `concat(d.post_id, '|', d.state, '|', CASE WHEN d.due_at = p.due_at THEN '' WHEN d.origin = 'fallback' OR d.origin LIKE 'late:%' THEN 'o' ELSE 'm' END,
  '{"id":"', d.id, '","channelId":"', d.channel_id, '","state":"', d.state, '"',
  CASE WHEN d.due_at <> p.due_at THEN concat(',"moved":{"wallAt":', to_json(date_trunc('second', d.due_at AT TIME ZONE p.zone)), ',"dueAt":', ${utc('d.due_at')}, '}') END, '}')`;

/** Its pieces are views of long strings: nothing is copied but at the end. */
interface Shown {
  readonly pieces: readonly string[];
  readonly dueAt: string | null;
}

/** The items of the answer, in order. Only where something moved alone are they put in order anew. */
export function written(lists: readonly Cards[], stretch: Stretch): string {
  const said = new Map<string, string>();
  const shown = lists.flatMap((list) => shownOf(list, stretch, said));
  const hasMoved = shown.some(({ dueAt }) => dueAt !== null) || lists.filter(({ count }) => count > 0).length > 1;
  const ordered = hasMoved ? shown.map((one) => ({ ...one, at: one.dueAt ?? timesOf(one.pieces[0] ?? '').dueAt })).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) : shown;
  return ordered.map(({ pieces }) => pieces.join('')).join(',');
}

/** `said`: the words for states by what they follow from; few posts of a month differ in this. */
function shownOf({ posts, deliveries, warnings }: Cards, stretch: Stretch, said: Map<string, string>): Shown[] {
  let next = 0;
  const shown: Shown[] = [];
  for (const line of posts) {
    const mine = line.slice(0, ID);
    const editingEnd = line.indexOf('|', AFTER_ID);
    const states: string[] = [];
    const own: string[] = [];
    const moved: string[] = [];
    let stays = false;
    let hasLeft = false;
    for (; deliveries[next]?.startsWith(mine); next += 1) {
      const delivery = deliveries[next] ?? '';
      const stateEnd = delivery.indexOf('|', AFTER_ID);
      const state = delivery.slice(AFTER_ID, stateEnd);
      const isMoved = delivery[stateEnd + 1] !== '{';
      states.push(state);
      own.push(own.length === 0 ? '' : ',', delivery.slice(stateEnd + (isMoved ? 2 : 1)));
      hasLeft ||= isMoved;
      const isDropped = state === 'skipped' || state === 'cancelled';
      if (!isMoved) stays ||= !isDropped;
      else if (!isDropped || delivery[stateEnd + 1] === 'm') moved.push(delivery.slice(stateEnd + 1));
    }
    const head = hasLeft ? movedHead(line.slice(editingEnd + 3), { moved, stays, stretch }) : line.slice(editingEnd + 3);
    if (head === null) continue;
    const known = `${line.slice(AFTER_ID, editingEnd + 2)} ${states.join(' ')}`;
    const state = said.get(known) ?? stateOf({ editing: line.slice(AFTER_ID, editingEnd) as Editing, cancelledAt: line[editingEnd + 1] === '1' ? 'some time' : null }, states.map((one) => ({ state: one })));
    said.set(known, state);
    shown.push({ pieces: [head, ',"state":"', state, '","deliveries":[', ...own, '],"warnings":', warnings.get(mine) ?? '[]', '}'], dueAt: hasLeft ? timesOf(head).dueAt : null });
  }
  return shown;
}

interface Moves {
  readonly moved: readonly string[];
  /** One of its deliveries is still where the post was planned. */
  readonly stays: boolean;
  readonly stretch: Stretch;
}

/** The card of a post that moved, wholly or in part: where nothing stayed, at the first of its new times. null = nothing of it is in the stretch. */
function movedHead(head: string, { moved, stays, stretch }: Moves): string | null {
  const within = (at: string): boolean => at >= stretch.from && at < stretch.to;
  const planned = moved.filter((delivery) => delivery.startsWith('m')).map(timesOf).toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  const at = (stays ? undefined : planned[0]) ?? timesOf(head);
  if (!within(at.dueAt) && !moved.some((delivery) => within(timesOf(delivery).dueAt))) return null;
  return head.replace(wallAt, () => `"wallAt":"${at.wallAt}"`).replace(dueAt, () => `"dueAt":"${at.dueAt}"`);
}

/** The first of each stands before anything a person wrote. */
const wallAt = /"wallAt":"([^"]*)"/;
const dueAt = /"dueAt":"([^"]*)"/;

function timesOf(json: string): { readonly wallAt: string; readonly dueAt: string } {
  return { wallAt: wallAt.exec(json)?.[1] ?? '', dueAt: dueAt.exec(json)?.[1] ?? '' };
}
