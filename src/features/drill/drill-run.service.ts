import { Injectable } from '@nestjs/common';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { DeliveriesService } from '../posts/deliveries.service.js';
import { castOf, type Frame, fallen, standing } from './drill-cast.js';
import { DrillEyes, nothingSeen, type Sight } from './drill-eyes.service.js';
import { DrillReads } from './drill-reads.service.js';
import { DrillStage, type Stage, type StagedClient } from './drill-stage.service.js';
import { DrillTallies, type Played } from './drill-tally.service.js';
import { named, type StepCode } from './drill-words.js';
import { DrillWorld } from './drill-world.js';
import type { Breakage, DrillTally, Scenario, StoredStep } from './drill.schema.js';

/** How a drill is played: in real time, or where hours pass in seconds. */
export interface Theatre {
  readonly id: string;
  readonly kind: 'demo' | 'live';
  readonly scenarios: readonly Scenario[];
  readonly frame: (now: Instant) => Frame;
  /** May look on as a member; null = nobody. */
  readonly watcherId: string | null;
  /** What goes wrong on purpose. */
  readonly broken: readonly Breakage[];
  /** Lets some time go by, at most so many ms: a second or so where it is watched closely, as much as is safe where nothing is to be seen. */
  readonly pass: (how: 'closely' | 'loosely', mostMs: number) => Promise<void>;
  /** Called with each step as it happens. */
  readonly tell: (steps: readonly StoredStep[]) => Promise<void> | void;
  /** The workspace is made. */
  readonly staged: (workspaceId: string) => Promise<void>;
  /** The stage is set, nothing is planned yet. */
  readonly dressed?: (stage: Stage) => Promise<void>;
  /** Newsletters and SMS as a mail server and a gateway took them: addresses and numbers, one entry each. */
  readonly arrived: (() => readonly string[]) | null;
  /** Aborted: it ends as it is. */
  readonly signal?: AbortSignal;
}

/** A drill that could not go on; the message is for a person. */
export class DrillError extends Error {
  override readonly name = 'DrillError';
}

interface Scene {
  readonly theatre: Theatre;
  readonly stage: Stage;
  readonly world: DrillWorld;
  readonly frame: Frame;
  readonly sight: Sight;
}

/** Plays an outage through the house as it is: nothing here decides what becomes of a post. */
@Injectable()
export class DrillRun {
  constructor(
    private readonly stages: DrillStage,
    private readonly eyes: DrillEyes,
    private readonly reads: DrillReads,
    private readonly tallies: DrillTallies,
    private readonly deliveries: DeliveriesService,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** @throws DrillError when the platforms do not work to begin with; whatever goes wrong later is in the tally */
  async play(theatre: Theatre): Promise<DrillTally> {
    const scene = await this.begin(theatre);
    try {
      const since = await this.outage(scene);
      await this.peopleAct(scene, scene.frame.fallsAt + scene.frame.downMs);
      const recovered = await this.recovery(scene);
      await this.drain(scene);
      await this.say(scene, 'over', {});
      return await this.tallies.of(this.played(scene, { ...since, recovered }));
    } finally {
      await scene.world.mend();
    }
  }

  /** The stage, and proof that all works before it is broken. */
  private async begin(theatre: Theatre): Promise<Scene> {
    const early = theatre.frame(this.clock.now());
    const cast = castOf(theatre.scenarios, early);
    const terms = { id: theatre.id, kind: theatre.kind, frame: early, watcherId: theatre.watcherId };
    const workspaceId = await this.stages.workspace(terms);
    await theatre.staged(workspaceId);
    const stage = await this.stages.set(workspaceId, cast, terms);
    await theatre.dressed?.(stage);
    const frame = theatre.frame(this.clock.now());
    const world = new DrillWorld(this.outgoing.fetch(), stage.world);
    const scene: Scene = { theatre, stage, world, frame, sight: nothingSeen() };
    const warm = await this.stages.warm(stage, this.clock.now() + 5 * SECOND_MS);
    const posts = await this.stages.plan(stage, frame.fallsAt);
    await this.say(scene, 'staged', {
      clients: stage.clients.length, channels: warm, posts,
      people: stage.clients.flatMap(({ cast: { lists } }) => lists).reduce((sum, { people }) => sum + people, 0),
    });
    for (const { cast: { name: client, zone, posts: planned } } of stage.clients) {
      await this.say(scene, 'client', { client, zone, ...frame.day, posts: planned.length, count: planned.reduce((sum, { on }) => sum + on.length, 0) });
    }
    const isWarm = async (): Promise<boolean> => (await this.eyes.published(workspaceId)) >= warm && (await this.eyes.states(workspaceId, [...fallen, standing])).every((state) => state === 'up');
    if (!(await this.until(scene, isWarm, frame.fallsAt - this.clock.now()))) throw new DrillError('The sandbox platforms did not take what was posted before the outage: look at the log, and whether a worker runs.');
    await this.say(scene, 'warm', { posts: warm });
    await this.passTo(scene, frame.fallsAt - 20 * SECOND_MS, 'loosely');
    await this.passTo(scene, frame.fallsAt);
    return scene;
  }

  private async outage(scene: Scene): Promise<Omit<DrillTally['seconds'], 'recovered'>> {
    const { world, stage, frame } = scene;
    await world.fall(fallen);
    await this.say(scene, 'outage', { platforms: fallen.map(named).join(', ') });
    const [since, within] = [this.clock.now(), frame.downMs * 0.9];
    const isAny = (...states: readonly string[]) => async (): Promise<boolean> => (await this.eyes.states(stage.workspaceId, fallen)).some((state) => states.includes(state));
    const suspect = await this.secondsUntil(scene, { since, within }, isAny('suspect', 'down'));
    const down = await this.secondsUntil(scene, { since, within }, isAny('down'));
    const notice = await this.secondsUntil(scene, { since, within }, async () => (await this.eyes.told(stage.workspaceId)) > 0);
    const areAll = async (): Promise<boolean> => (await this.eyes.states(stage.workspaceId, fallen)).every((state) => state === 'down');
    await this.until(scene, areAll, Math.min(since + within - this.clock.now(), 5 * MINUTE_MS));
    return { suspect, down, notice };
  }

  /** Just before the platforms are back, somebody posts by hand: some are said to be out, the others are to be found. */
  private async peopleAct(scene: Scene, backAt: Instant): Promise<void> {
    await this.passTo(scene, backAt - Math.min(20 * SECOND_MS, scene.frame.downMs * 0.04), 'loosely');
    for (const client of scene.stage.clients.filter(({ cast }) => cast.byHand > 0)) await this.byHand(scene, client);
    await this.passTo(scene, backAt, 'loosely');
  }

  private async byHand({ stage, world, ...scene }: Scene, { id, cast, channels }: StagedClient): Promise<void> {
    const held = (await this.reads.deliveries(stage.workspaceId)).filter(({ clientId, state }) => clientId === id && state === 'held');
    const platformOf = (channelId: string) => channels.find((channel) => channel.id === channelId);
    const isFound = (channelId: string): boolean => platformOf(channelId)?.platform === 'sandbox-beta'; // by its words; Alpha knows only its keys
    const found = held.filter(({ channelId }) => isFound(channelId)).slice(0, cast.byHand - 1);
    const said = held.filter(({ channelId }) => !isFound(channelId)).slice(0, 1);
    for (const { channelId, text } of [...found, ...said]) {
      const channel = platformOf(channelId);
      if (channel) await world.postByHand({ platform: channel.platform, account: channel.account, text });
    }
    for (const { id: deliveryId, version } of said) await this.deliveries.say(stage.caller, deliveryId, { version, out: true });
    await this.say(scene, 'by-hand', { client: cast.name, count: found.length + said.length });
  }

  private async recovery(scene: Scene): Promise<number | null> {
    const { theatre, world, stage, frame: { patience } } = scene;
    await world.mend();
    if (theatre.broken.includes('lose')) {
      await world.break([{ kind: 'lose', count: 1, platform: 'sandbox-alpha' }]);
      await this.say(scene, 'broken-lose', { platform: named('sandbox-alpha') });
    }
    await this.say(scene, 'back', {});
    const isBack = async (): Promise<boolean> => (await this.eyes.states(stage.workspaceId, fallen)).every((state) => state === 'recovering' || state === 'up');
    const seconds = await this.secondsUntil(scene, { since: this.clock.now(), within: patience.back }, isBack);
    if (seconds !== null) await this.say(scene, 'recovered', {});
    return seconds;
  }

  private async drain(scene: Scene): Promise<void> {
    const { theatre, stage, frame, world } = scene;
    const asleep = new Set(frame.seesMorning ? [] : stage.clients.filter(({ cast }) => cast.scenario === 'night').map(({ id }) => id));
    const isDone = async (): Promise<boolean> => (await this.eyes.isSettled(stage.workspaceId, [...asleep])) && (await this.eyes.isClosed(stage.workspaceId));
    await this.until(scene, isDone, frame.patience.drain, 'loosely');
    if (!theatre.broken.includes('twice')) return;
    const [client] = stage.clients;
    const [out] = (await this.reads.deliveries(stage.workspaceId)).filter(({ clientId, state }) => clientId === client?.id && (state === 'published' || state === 'rerouted'));
    const channel = client?.channels.find(({ id }) => id === out?.channelId);
    if (!client || !out || !channel) return;
    for (let times = 0; times < 2; times += 1) await world.postByHand({ platform: channel.platform, account: channel.account, text: out.text });
    await this.say(scene, 'broken-twice', { platform: named(channel.platform), client: client.cast.name });
  }

  private played({ theatre, stage, world, frame, sight }: Scene, seconds: DrillTally['seconds']): Played {
    return { stage, world, seconds, held: sight.held, arrived: theatre.arrived?.() ?? null, seesMorning: frame.seesMorning };
  }

  private async secondsUntil(scene: Scene, { since, within }: { readonly since: Instant; readonly within: number }, is: () => Promise<boolean>): Promise<number | null> {
    const isSo = await this.until(scene, is, since + within - this.clock.now());
    return isSo ? Math.round((this.clock.now() - since) / 100) / 10 : null;
  }

  private async passTo(scene: Scene, at: Instant, how: 'closely' | 'loosely' = 'closely'): Promise<void> {
    await this.until(scene, async () => Promise.resolve(this.clock.now() >= at), at - this.clock.now(), how);
  }

  /** @returns whether it came to be within so many ms */
  private async until(scene: Scene, is: () => Promise<boolean>, withinMs: number, how: 'closely' | 'loosely' = 'closely'): Promise<boolean> {
    const { theatre, stage, sight } = scene;
    for (const endAt = this.clock.now() + withinMs; ; ) {
      await theatre.tell(await this.eyes.look(stage, sight, this.clock.now()));
      if (await is()) return true;
      if (this.clock.now() >= endAt) return false;
      if (theatre.signal?.aborted) throw new DrillError('It was stopped.');
      await theatre.pass(how, Math.max(1, endAt - this.clock.now()));
    }
  }

  private async say({ theatre }: Pick<Scene, 'theatre'>, code: StepCode, params: StoredStep['params']): Promise<void> {
    await theatre.tell([{ at: new Date(this.clock.now()).toISOString(), code, params }]);
  }
}
