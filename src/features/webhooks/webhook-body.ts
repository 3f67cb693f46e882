import { z } from 'zod';
import { reasonCodes, sentence } from '../../core/reason.js';
import type { TakenFact } from '../../infra/facts/fact-takers.js';
import { fill } from '../../infra/http/problem.js';
import { whyTold } from '../phone/told.schema.js';

const Reason = z.object({ code: z.string(), detail: z.string().nullish(), params: z.record(z.string(), z.union([z.number(), z.string()])).nullish() });
/** Under which name a fact's subject stands. */
const subjects: Readonly<Record<string, string>> = { post: 'postId', delivery: 'deliveryId', channel: 'channelId', newsletter: 'newsletterId', sms: 'roundId', call: 'callId' };

/** What a message says, as JSON (docs/webhooks.md). Made once per fact and workspace, then frozen. */
export function bodyOf(fact: TakenFact, workspaceId: string): string {
  return JSON.stringify({ type: fact.kind, timestamp: fact.at.toISOString(), data: { workspaceId, ...dataOf(fact, workspaceId) } });
}

/** The fact's own payload, with its subject under its name and reasons as a sentence. */
function dataOf({ kind, subjectId, payload }: TakenFact, workspaceId: string): Record<string, unknown> {
  const subject = kind === 'newsletter.paused' ? 'senderId' : subjects[kind.split('.')[0] ?? ''];
  const { reason, cause, held, ...rest } = payload;
  return {
    ...(subjectId !== null && subject !== undefined ? { [subject]: subjectId } : {}),
    ...rest,
    ...explained(reason ?? (reasonCodes.some((code) => code === cause) ? { code: cause } : null), payload),
    ...(cause === undefined ? {} : { cause }),
    ...(kind === 'downtime.ended' ? { held: heldIn(held, workspaceId) } : {}),
  };
}

function explained(reason: unknown, { count, to }: TakenFact['payload']): Record<string, unknown> {
  const parsed = Reason.safeParse(reason);
  if (!parsed.success) return {};
  const { code, detail, params } = parsed.data;
  const phone = whyTold.get(code)?.en;
  const said = phone === undefined ? sentence({ code, detail: detail ?? undefined }, 'en') : fill(phone, { count: String(count), until: String(to), zone: 'UTC', ...params, detail: detail || '–' });
  return { reason: { code, detail: detail ?? null, sentence: said } };
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
