import { Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { Sentence } from '../../infra/http/problem.js';

/** Something planned on a channel of the workspace. */
export interface Planned {
  readonly channelId: string;
  readonly dueAt: Instant;
  /** In which its author thinks. */
  readonly zone: string;
}

/** A stretch of time that speaks against what is due in it on a channel. */
export interface Against {
  readonly channelId: string;
  readonly from: Instant;
  /** What is due then is not in it any more. */
  readonly to: Instant;
  readonly code: string;
  /** With its times in the author's zone. */
  readonly sentence: (zone: string) => Sentence;
}

/** What a person should know before it is due; nothing is refused for it. `P`: that which it is about, as it was handed in. */
export interface Warned<P extends Planned = Planned> {
  readonly about: P;
  readonly code: string;
  readonly sentence: Sentence;
}

/** Asked whenever posts are read, so it must be cheap; of stretches with the same code the first counts. */
export type WarningSource = (workspaceId: string) => Promise<readonly Against[]>;

/** Warnings about what is planned. For rooms to the right: what they know may speak against a time. */
@Injectable()
export class PostWarnings {
  private readonly sources: WarningSource[] = [];

  /** Call it in `onModuleInit`. */
  register(source: WarningSource): void {
    this.sources.push(source);
  }

  /** All that speaks against times to come in a workspace: nothing, as a rule. Asks on a connection of its own, so never within a transaction. */
  async against(workspaceId: string): Promise<readonly Against[]> {
    return (await Promise.all(this.sources.map((source) => source(workspaceId)))).flat();
  }

  async of<P extends Planned>(workspaceId: string, planned: readonly P[]): Promise<readonly Warned<P>[]> {
    return planned.length === 0 ? [] : warnedOf(await this.against(workspaceId), planned);
  }
}

/** In the order of what is planned. */
export function warnedOf<P extends Planned>(stretches: readonly Against[], planned: readonly P[]): readonly Warned<P>[] {
  const said = new Map<string, Sentence>(); // thousands of posts share a few
  const sentenceOf = (one: Against, zone: string): Sentence => {
    const key = `${stretches.indexOf(one)} ${zone}`;
    const sentence = said.get(key) ?? one.sentence(zone);
    said.set(key, sentence);
    return sentence;
  };
  return planned.flatMap((about) =>
    stretches
      .filter(({ channelId, from, to }) => channelId === about.channelId && about.dueAt >= from && about.dueAt < to)
      .filter(({ code }, i, hits) => hits.findIndex((other) => other.code === code) === i)
      .map((one) => ({ about, code: one.code, sentence: sentenceOf(one, about.zone) })),
  );
}
