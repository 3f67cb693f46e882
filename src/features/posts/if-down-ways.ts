import type { Routes } from '../../core/failover-policy.js';
import type { PartContent } from '../../core/part.js';
import { leavesAfterMs, type Rule, waysNamed } from '../../core/promise.js';
import type { Outlet } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import { defaultTimes } from '../../core/times.js';

/** What a post's sentence names: its outlets and their ids, and those a version is still to be written for. */
export interface WaysSaid extends Pick<Rule, 'ways' | 'unwritten'> {
  readonly wayIds: readonly string[];
}

type Spoken = Outlet & { readonly parts: readonly Pick<PartContent, 'text'>[] };

/** A word of time is no longer true where it would be said late, so nothing is sent there by itself (dispatch/ways-out.service.ts). */
export function waysSaid(rule: Omit<Rule, 'ways' | 'unwritten'>, routes: Routes, outlets: readonly Spoken[]): WaysSaid {
  const isLate = leavesAfterMs(rule) > defaultTimes.absentMs;
  const asked = outlets.map((outlet) => (outlet.trouble === null && isLate && timeWordOf(outlet.parts.map(({ text }) => text)) !== null ? { ...outlet, trouble: 'words-of-time' as const } : outlet));
  const { ways, unwritten } = waysNamed<Outlet>(routes, asked);
  return { ways: ways.map(({ name }) => name), wayIds: ways.map(({ channelId }) => channelId), unwritten: unwritten.map(({ name }) => name) };
}
