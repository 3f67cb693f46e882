import type { Witness } from '../../src/core/signal.js';
import { verdict } from '../../src/core/story.js';
import { wants } from '../../src/core/wants.js';
import type { Chance } from './chance.js';
import type { Fleet } from './fleet.js';
import type { Room } from './room.js';
import type { World, WriteAnswer } from './world.js';

export interface Post {
  readonly dueAt: number;
  readonly who: Witness;
  readonly media: boolean;
  /** What the verdict was when it fell due. */
  dueVerdict: string;
  tries: number;
  told: boolean;
  done: boolean;
  absences: number;
}

export interface Tally {
  canaries: number;
  unconfirmedCanaries: number;
  endedFailed: number;
  toldToReconnect: number;
  untoldWaits: number;
  looks: number;
  readBacks: number;
}

const RETRY_MS = [5, 10, 20, 40, 80, 160, 300].map((seconds) => seconds * 1_000);
const TOLD_MS = 600_000;
const shut = (state: string) => state === 'down' || state === 'maintenance';

/** What the other rooms do with posts, as far as the detector sees and feels it: send, retry, wait, hold, drain, canary, look, read back. */
export class Posts {
  readonly held: Post[] = [];
  readonly waiting: Post[] = [];
  readonly tally: Tally = { canaries: 0, unconfirmedCanaries: 0, endedFailed: 0, toldToReconnect: 0, untoldWaits: 0, looks: 0, readBacks: 0 };
  onDue: (post: Post) => void = () => {};
  /** A write, look or read-back met a fault of the platform. */
  onFault: (of: 'write' | 'read-back', at: number) => void = () => {};
  /** Answers instead of the world: storms. */
  answer: (at: number, post: Post) => { readonly result: WriteAnswer; readonly afterMs: number };
  #inFlight = 0;
  #lookedAt = 0;
  #readBackAt = 0;
  #draining = false;
  #canary: Post | null = null;
  #canaryPlanned = false;

  constructor(readonly room: Room, readonly world: World, readonly fleet: Fleet, readonly chance: Chance, readonly sample = 0.05) {
    this.answer = (at, post) => this.world.write(at, post.media);
    room.held = () => this.held.length;
    room.onWants = () => this.#serve();
    room.onChange = ({ to }) => {
      if (!shut(to)) this.#drain();
      if (to === 'down') this.held.push(...this.waiting.splice(0));
    };
  }

  /** Posts as they fall due, until `end`. */
  arrive(end: number): void {
    const next = () => {
      const at = this.room.now + this.fleet.gapMs();
      if (at >= end) return;
      this.room.agenda.at(at, () => {
        this.due(this.fleet.pick(), this.chance.is(0.6));
        next();
      });
    };
    next();
  }

  due(who: Witness, media: boolean): void {
    const post: Post = { dueAt: this.room.now, who, media, dueVerdict: '', tries: 0, told: false, done: false, absences: 0 };
    post.dueVerdict = this.#verdict(post);
    this.onDue(post);
    this.go(post);
  }

  go(post: Post): void {
    if (post.done) return;
    const own = this.fleet.broken.get(post.who.account);
    if (own && own.until > this.room.now) {
      // Held for its account, or throttled until then, both told: it asks nobody meanwhile.
      post.told = true;
      return this.room.agenda.at(own.until, () => this.go(post));
    }
    switch (this.#verdict(post)) {
      case 'down':
      case 'maintenance':
      case 'offline':
        this.held.push(post);
        post.told = true;
        return;
      case 'recovering':
        this.held.push(post);
        this.#drain();
        return;
      case 'suspect':
      case 'unknown':
        if (this.#inFlight > 0) {
          this.waiting.push(post);
          this.#watchWait(post);
          return;
        }
        break;
      default:
    }
    this.#send(post);
  }

  #verdict(post: Post): string {
    const { state, impaired } = verdict(this.room.state, post.media ? 'media' : 'text');
    return impaired && state !== 'down' ? 'offline' : state;
  }

  #send(post: Post): void {
    const began = this.room.now;
    const { result, afterMs } = this.answer(began, post);
    // In calm times a success changes nothing but how lately there was one.
    if (result === 'delivered' && this.room.isIdle() && began - this.room.state.okAt < 120_000) return this.#published(post);
    this.#inFlight++;
    const answered = () => {
      this.#inFlight--;
      this.#told(post, result, began);
      const [next] = this.waiting;
      if (next && this.#inFlight === 0) this.go(this.waiting.shift()!);
    };
    this.room.agenda.at(began + afterMs, answered);
  }

  #told(post: Post, result: WriteAnswer, began: number): void {
    const { who, media } = post;
    const now = this.room.now;
    const process = this.room.processes[this.chance.below(this.room.processes.length)]!;
    this.room.tell({ kind: 'write', at: began, process, ...who, outcome: result, media, healthy: true, latencyMs: result === 'delivered' ? now - began : null });
    if (result === 'delivered') return this.#published(post);
    if (this.world.fault(began)) this.onFault('write', now);
    this.#watchWait(post);
    this.#again(post, result);
  }

  #published(post: Post): void {
    post.done = true;
    if (this.chance.is(this.sample)) this.room.agenda.at(this.room.now + this.chance.between(60_000, 120_000), () => this.#readBack(post.who));
  }

  #again(post: Post, result: WriteAnswer): void {
    const { agenda, now } = this.room;
    const fault = this.world.fault(now)?.kind;
    switch (result) {
      case 'unavailable': {
        const waitMs = RETRY_MS[Math.min(post.tries++, RETRY_MS.length - 1)]!;
        // Blocked (§5): its policy runs, so its people know.
        if (now - post.dueAt >= 300_000 && post.tries >= 3) post.told = true;
        return agenda.at(now + waitMs, () => this.go(post));
      }
      case 'uncertain':
        return this.#lookUp(post, now);
      case 'throttled':
        if (fault !== 'limit_error' && fault !== 'api_error') this.fleet.broken.set(post.who.account, { until: now + 900_000, looks: false });
        post.told = true; // a wait whose end is known is told by the room that waits
        return agenda.at(now + 900_000, () => this.go(post));
      case 'unauthorized':
        if (fault !== 'account_error') this.fleet.broken.set(post.who.account, { until: now + 1_800_000, looks: true });
        agenda.at(now + 15_000, () => this.#accuse(post));
        return agenda.at(now + 600_000, () => this.go(post));
      case 'refused':
      case 'delivered':
        post.done = true;
    }
  }

  /** By now the looks have told whether it is this account: then its people are told, and to reconnect if it is so. */
  #accuse(post: Post): void {
    const state = this.#verdict(post);
    post.told = true;
    if ((state === 'up' || state === 'degraded') && this.world.fault(this.room.now)?.kind === 'account_error') this.tally.toldToReconnect++;
  }

  /** Unconfirmed: found absent twice, a minute apart, after the settle time, while reads answer; three rounds and it has failed. */
  #lookUp(post: Post, sentAt: number, canary = false): void {
    const look = () => {
      const readable = this.world.readBack(this.room.now).result !== null && this.room.state.probe.failures === 0;
      post.absences = readable ? post.absences + 1 : 0;
      if (post.absences < 2) return this.room.agenda.at(this.room.now + 60_000, look);
      post.absences = 0;
      if (!canary) return this.go(post);
      this.#canarySays('absent', post, this.room.now);
      this.held.unshift(post);
    };
    this.room.agenda.at(sentAt + 120_000, look);
  }

  #watchWait(post: Post): void {
    if (post.told || post.done) return;
    this.room.agenda.at(post.dueAt + TOLD_MS, () => {
      if (post.told || post.done) return;
      // One that waits under suspicion is told of by the room that holds it; under `up` nobody would.
      const opened = this.room.changes.some(({ at, to }) => at >= post.dueAt && shut(to)); // its decision list names the post
      if (!opened && (this.#verdict(post) === 'up' || this.#verdict(post) === 'unknown')) this.tally.untoldWaits++;
      post.told = true;
    });
  }

  /** Out one by one, from five seconds apart. */
  #drain(): void {
    if (this.#draining || this.held.length === 0) return;
    this.#draining = true;
    const next = () => {
      this.#draining = false;
      const state = verdict(this.room.state, 'media');
      if (shut(state.state) || state.impaired) return;
      const post = this.held.shift();
      if (!post) return;
      if (this.#inFlight > 0) this.held.unshift(post);
      else this.#send(post);
      this.#drain();
    };
    this.room.agenda.at(this.room.now + 5_000, next);
  }

  /** What the detector asks for. */
  #serve(): void {
    const want = wants(this.room.state);
    const now = this.room.now;
    if (want.looks && now - this.#lookedAt >= 15_000) this.#lookAtAll();
    if (want.readBacks && now - this.#readBackAt >= 15_000) {
      this.#readBackAt = now;
      for (const { 0: who } of this.fleet.accounts.slice(0, 8)) this.room.agenda.at(now + this.chance.between(500, 9_000), () => this.#readBack(who!));
    }
    const { canary } = want;
    if (!canary || this.#canary || this.#canaryPlanned) return;
    if (canary.at <= now) return this.#sendCanary(canary.media);
    this.#canaryPlanned = true;
    this.room.agenda.at(canary.at, () => {
      this.#canaryPlanned = false;
      this.#serve();
    });
  }

  #sendCanary(media: boolean): void {
    const i = this.held.findIndex((post) => !media || post.media);
    if (i < 0) return;
    const [post] = this.held.splice(i, 1);
    const began = this.room.now;
    this.#canary = post!;
    this.tally.canaries++;
    this.#canarySays('sent', post!, began);
    const { result, afterMs } = this.answer(began, post!);
    this.room.agenda.at(began + afterMs, () => {
      this.#canary = null;
      if (result === 'uncertain') {
        this.tally.unconfirmedCanaries++;
        this.#canarySays('uncertain', post!, began);
        return this.#lookUp(post!, began, true);
      }
      if (result === 'delivered') post!.done = true;
      else this.held.push(post!);
      this.#canarySays(result === 'delivered' ? 'ok' : 'failed', post!, began);
    });
  }

  #canarySays(result: 'sent' | 'ok' | 'failed' | 'uncertain' | 'absent', post: Post, at: number): void {
    this.room.tell({ kind: 'canary', at, process: this.room.processes[0]!, result, delivery: `${post.who.account}@${post.dueAt}`, media: post.media, readBack: true, jitter: this.chance.between(-1, 1) });
  }

  /** Every channel, twelve of many, within ten seconds. */
  #lookAtAll(): void {
    const { now, agenda } = this.room;
    this.#lookedAt = now;
    const refused = this.room.state.faults2.map((vote) => vote.account);
    const asked = this.fleet.all.filter((one, i) => i % Math.ceil(this.fleet.all.length / 12) === 0 || refused.includes(one.account));
    for (const who of asked) {
      agenda.at(now + this.chance.between(500, 9_000), () => {
        const began = this.room.now;
        this.tally.looks++;
        const own = this.fleet.broken.get(who.account);
        const { result, afterMs } = own && own.until > began && own.looks ? { result: 'refused' as const, afterMs: 300 } : this.world.look(began);
        agenda.at(began + afterMs, () => this.room.tell({ kind: 'look', at: began, process: this.room.processes[0]!, ...who, result, clients: this.fleet.all.length }));
      });
    }
  }

  #readBack(who: Witness): void {
    const began = this.room.now;
    const { result, afterMs } = this.world.readBack(began);
    this.tally.readBacks++;
    if (result === null) return; // not answered: nothing is known
    if (!result) this.onFault('read-back', began);
    this.room.agenda.at(began + afterMs, () => this.room.tell({ kind: 'read-back', at: began, process: this.room.processes[0]!, ...who, ok: result, clients: this.fleet.all.length }));
  }
}
