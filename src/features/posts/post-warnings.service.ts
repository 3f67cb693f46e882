import { Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { Language, Sentence } from '../../infra/http/problem.js';

/** Something planned on a channel of the workspace. */
export interface Planned {
  readonly channelId: string;
  readonly dueAt: Instant;
  /** In which its author thinks. */
  readonly zone: string;
}

/** What a person should know before it is due; nothing is refused for it. `P`: that which it is about, as it was handed in. */
export interface Warned<P extends Planned = Planned> {
  readonly about: P;
  readonly code: string;
  readonly sentence: Sentence;
}

export type WarningSource = <P extends Planned>(workspaceId: string, planned: readonly P[]) => Promise<readonly Warned<P>[]>;

/** Warnings about what is planned. For rooms to the right: what they know may speak against a time. */
@Injectable()
export class PostWarnings {
  private readonly sources: WarningSource[] = [];

  /** Call it in `onModuleInit`. */
  register(source: WarningSource): void {
    this.sources.push(source);
  }

  async of<P extends Planned>(workspaceId: string, planned: readonly P[]): Promise<readonly Warned<P>[]> {
    if (planned.length === 0) return [];
    const warned = await Promise.all(this.sources.map((source) => source(workspaceId, planned)));
    return warned.flat();
  }
}

interface OfPost extends Planned {
  readonly deliveryId: string | null;
}

interface PostOnChannels {
  readonly dueAt: string | null;
  readonly zone: string | null;
  readonly cancelledAt: string | null;
  readonly channels: readonly { readonly channelId: string }[];
  readonly deliveries: readonly { readonly id: string; readonly channelId: string; readonly state: string; readonly dueAt: string }[];
}

/** What of a post is still to go out: its deliveries, and of a draft its channels. */
export function plannedOf({ dueAt, zone, cancelledAt, channels, deliveries }: PostOnChannels): readonly OfPost[] {
  if (zone === null || dueAt === null || cancelledAt !== null) return [];
  const open = deliveries.filter(({ state }) => state === 'scheduled' || state === 'held');
  const drafted = channels.filter(({ channelId }) => !deliveries.some((one) => one.channelId === channelId));
  return [
    ...open.map((one) => ({ deliveryId: one.id, channelId: one.channelId, dueAt: Date.parse(one.dueAt), zone })),
    ...drafted.map(({ channelId }) => ({ deliveryId: null, channelId, dueAt: Date.parse(dueAt), zone })),
  ];
}

/** As it stands in the answer about a post. */
export function warningIn(language: Language, { about: { deliveryId, channelId }, code, sentence }: Warned<OfPost>) {
  return { code, sentence: sentence[language], deliveryId, channelId };
}
