import { nextMailTryMs, whyPause } from '../../core/broadcast.js';
import { Gather } from '../../infra/database/gather.js';
import type { Ended, Reserved, Turn } from './recipient-rows.service.js';
import type { MailResult } from './smtp-lane.js';

/** One connection, as a mailing uses it. */
export interface Lane {
  send(envelope: { readonly from: string; readonly to: string }, raw: Buffer, granted: Promise<boolean>): Promise<MailResult>;
  close(): void;
}

/** What a mailing stands on: handed in, so that it can be tried without a database and without a network. */
export interface MailingGround {
  readonly lanes: readonly Lane[];
  /** The next that may go; empty = none now. */
  reserve(): Promise<readonly Reserved[]>;
  turn(turns: readonly Turn[]): Promise<readonly boolean[]>;
  compose(recipient: Reserved): Promise<{ readonly from: string; readonly raw: Buffer }>;
  /** Resolves when the next mail may leave by the sender's pace. */
  pace(): Promise<void>;
  /** Waits a little before a statement that failed is tried again. */
  rest(): Promise<void>;
  /** Begins with a mail; answers afterwards whether we ourselves stood still since then. */
  standing(): () => boolean;
  readonly signal: AbortSignal;
}

/** Why a mailing ended. `empty`: nobody waits now. `away`: the server took nothing. `ours`: it refuses us. */
export type MailingEnd =
  | { readonly kind: 'empty' | 'cut' | 'barred' }
  | { readonly kind: 'away' | 'ours' | 'refusals' | 'silence'; readonly detail: string };

/** Sends one broadcast through a number of connections until nobody is left, or something says stop. */
export class Mailing {
  private readonly turns: Gather<Turn, boolean>;
  private readonly waiting: Reserved[] = [];
  private refilling: Promise<void> | null = null;
  private isEmpty = false;
  private end: MailingEnd | null = null;
  private readonly recent: ('sent' | 'refused' | 'unsure')[] = [];
  sent = 0;

  constructor(private readonly ground: MailingGround) {
    this.turns = new Gather((turns) => ground.turn(turns), { most: 500, parallel: 1 });
  }

  async run(): Promise<MailingEnd> {
    const lanes = await Promise.allSettled(this.ground.lanes.map((lane) => this.serve(lane)));
    for (const lane of this.ground.lanes) lane.close();
    const broken = lanes.find((lane) => lane.status === 'rejected');
    if (broken) throw broken.reason;
    return this.end ?? { kind: 'empty' };
  }

  private async serve(lane: Lane): Promise<void> {
    let ended: Ended | null = null;
    for (;;) {
      // Nothing that is known waits for something that is not: the end of the last one is written before we wait for people.
      if (this.waiting.length === 0 && ended) {
        await this.write({ ended, begun: null });
        ended = null;
      }
      const recipient = await this.next();
      if (!recipient) break;
      const { from, raw } = await this.ground.compose(recipient);
      await this.ground.pace();
      const granted: Promise<boolean> = this.write({ ended, begun: recipient.id });
      const stoodStill = this.ground.standing();
      const result: MailResult = await lane.send({ from, to: recipient.address }, raw, granted);
      ended = (await granted) ? this.judge(recipient, result, stoodStill()) : this.barred();
    }
    if (ended) await this.write({ ended, begun: null });
  }

  /** Until the database has it: what became of a mail is told by nobody else. */
  private async write(turn: Turn): Promise<boolean> {
    for (;;) {
      try {
        return await this.turns.add(turn);
      } catch (error) {
        if (this.ground.signal.aborted) throw error;
        await this.ground.rest();
      }
    }
  }

  private async next(): Promise<Reserved | null> {
    while (this.end === null) {
      if (this.ground.signal.aborted) this.end ??= { kind: 'cut' };
      const recipient = this.end === null ? this.waiting.shift() : undefined;
      // The next are reserved while the last of these go.
      if (this.waiting.length < this.ground.lanes.length && !this.isEmpty) this.refilling ??= this.refill();
      if (recipient) return recipient;
      if (this.refilling) await this.refilling;
      else if (this.isEmpty) return null;
    }
    return null;
  }

  private async refill(): Promise<void> {
    try {
      const reserved = await this.ground.reserve();
      this.isEmpty = reserved.length === 0;
      this.waiting.push(...reserved);
    } catch {
      await this.ground.rest();
      if (this.ground.signal.aborted) this.isEmpty = true;
    } finally {
      this.refilling = null;
    }
  }

  /** It was stopped, paused, or is too late: what is reserved goes back. */
  private barred(): null {
    this.end ??= { kind: 'barred' };
    return null;
  }

  private judge({ id, tries }: Reserved, { outcome, detail, isOurs }: MailResult, isOurSilence: boolean): Ended {
    const words = detail ?? '';
    switch (outcome) {
      case 'sent':
        this.sent += 1;
        this.note('sent', words);
        return { id, state: 'sent', detail: null, againS: 0, isTry: false };
      case 'refused':
        this.note('refused', words);
        return { id, state: 'failed', detail, againS: 0, isTry: false };
      case 'unsure':
        if (!isOurSilence) this.note('unsure', words);
        return { id, state: 'unconfirmed', detail, againS: 0, isTry: false };
      case 'later': {
        const againMs = nextMailTryMs(tries + 1);
        return againMs === null ? { id, state: 'failed', detail, againS: 0, isTry: true } : { id, state: 'waiting', detail, againS: againMs / 1_000, isTry: true };
      }
      case 'away':
      case 'let-go':
        this.end ??= { kind: isOurs ? 'ours' : 'away', detail: words };
        return { id, state: 'waiting', detail, againS: 0, isTry: false };
    }
  }

  private note(outcome: 'sent' | 'refused' | 'unsure', detail: string): void {
    this.recent.push(outcome);
    if (this.recent.length > 400) this.recent.splice(0, 200);
    const why = outcome === 'sent' ? null : whyPause(this.recent);
    if (why !== null) this.end ??= { kind: why, detail };
  }
}
