import { z } from 'zod';
import { reasonCodes, sentence } from '../../core/reason.js';
import type { TakenFact } from '../../infra/facts/fact-takers.js';

const Reason = z.object({ code: z.string(), detail: z.string().nullish() });

/** What a message says, as JSON (docs/webhooks.md). Made once per fact and workspace, then frozen. */
export function bodyOf(fact: TakenFact, workspaceId: string): string {
  return JSON.stringify({ type: fact.kind, timestamp: fact.at.toISOString(), data: { workspaceId, ...dataOf(fact, workspaceId) } });
}

/** The fact's own payload, with its subject under its name and reasons as a sentence. */
function dataOf({ kind, subjectId, payload }: TakenFact, workspaceId: string): Record<string, unknown> {
  const [subject] = kind.split('.');
  const { reason, cause, held, ...rest } = payload;
  return {
    ...(subjectId !== null && ['post', 'delivery', 'channel'].includes(subject ?? '') ? { [`${subject}Id`]: subjectId } : {}),
    ...rest,
    ...explained(reason ?? (reasonCodes.some((code) => code === cause) ? { code: cause } : null)),
    ...(cause === undefined ? {} : { cause }),
    ...(kind === 'downtime.ended' ? { held: heldIn(held, workspaceId) } : {}),
  };
}

function explained(reason: unknown): Record<string, unknown> {
  const parsed = Reason.safeParse(reason);
  if (!parsed.success) return {};
  const { code, detail } = parsed.data;
  return { reason: { code, detail: detail ?? null, sentence: sentence({ code, detail: detail ?? undefined }, 'en') } };
}

/** `held` of `downtime.ended`: how many are held, by workspace. A workspace learns its own number only. */
function heldIn(held: unknown, workspaceId: string): number {
  return z.record(z.string(), z.number()).catch({}).parse(held)[workspaceId] ?? 0;
}

/** The workspaces a fact is for: its own, or those that our own downtime left with something held. */
export function workspacesOf({ workspaceId, kind, payload }: TakenFact): readonly string[] {
  if (workspaceId !== null) return [workspaceId];
  if (kind !== 'downtime.ended') return [];
  const held = z.record(z.string(), z.number()).catch({}).parse(payload['held']);
  return Object.keys(held).filter((id) => (held[id] ?? 0) > 0);
}
