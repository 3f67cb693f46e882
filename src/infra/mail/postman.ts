import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { Loop } from '../loop.js';
import { Metrics } from '../metrics.js';
import { Watch } from '../watch.js';
import { ALARM_AFTER_S, nextTryInS, tryForS } from './letter-marks.js';
import { outcomeOf } from './letter-outcome.js';
import { type ClaimedLetter, LetterRows, type Place, type Standing } from './letter-rows.js';
import { Outbox } from './outbox.js';
import { Parcels } from './parcels.js';
import type { Road, RoadResult } from './road.js';

const everyMs = 1_000;
const catcherLanes = 20;
/** How long letters on their way may go on when the process stops; cut off, they are sent again under the same Message-ID. */
const graceMs = 5_000;

/** Carries the letters. Each road has lanes of its own, so that one that hangs delays no other, and nothing else rides on them. */
@Injectable()
export class Postman implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Letters');
  private readonly onTheWay: Readonly<Record<Place, Set<Promise<void>>>> = { first: new Set(), second: new Set(), catcher: new Set() };
  private readonly cut = new AbortController();
  private readonly loop: Loop;
  private stuck = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly rows: LetterRows,
    private readonly parcels: Parcels,
    private readonly metrics: Metrics,
    private readonly watch: Watch,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
  ) {
    this.loop = new Loop('Letters', everyMs, clock, () => this.round());
  }

  onModuleInit(): void {
    this.watch.hourly('old letters', () => this.rows.prune());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    const done = new AbortController();
    const grace = this.clock.sleep(graceMs, done.signal).then(() => this.cut.abort());
    await this.idle();
    done.abort();
    await grace;
    for (const road of this.outbox.roads) road.close();
  }

  /** Sets out with as many letters as each road has free lanes for. */
  async round(): Promise<void> {
    const { roads } = this.outbox;
    await Promise.all([...roads.map((road) => this.serve(road.place, road)), this.serve('catcher', null)]);
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await Promise.all(Object.values(this.onTheWay).flatMap((set) => [...set]));
  }

  private async serve(place: Place, road: Road | null): Promise<void> {
    const lanes = road?.lanes ?? catcherLanes;
    const busy = this.onTheWay[place];
    const free = lanes - busy.size;
    if (free <= 0) return;
    const letters = await this.rows.claim(place, free, this.standing());
    const isMore = letters.length === free;
    for (const letter of letters) {
      const work = this.carry(letter, road)
        .catch((error: unknown) => this.logger.warn(`What became of a letter could not be written down; it is tried again: ${String(error)}`))
        .finally(() => {
          busy.delete(work);
          if (isMore && busy.size <= lanes / 2) this.loop.ring();
        });
      busy.add(work);
    }
  }

  private async carry(letter: ClaimedLetter, road: Road | null): Promise<void> {
    if (letter.isOver) {
      this.logger.warn('A letter could not go for so long that it is no news any more; it was dropped.');
      return this.rows.drop(letter, (manager) => this.outbox.lost(manager, { ...letter, detail: 'It could not go in time.' }));
    }
    if (road === null) {
      await this.rows.catch(letter);
      return this.rows.record(letter, { state: 'sent' }, async () => undefined);
    }
    const at = this.clock.now();
    const since = this.clock.startAge();
    const limit = AbortSignal.timeout(Math.ceil(tryForS(letter.ageS, letter.hasSecond && Object.keys(letter.refusals).length === 0) * 1_000));
    const result = await road.send(await this.parcels.of(letter), AbortSignal.any([limit, this.cut.signal]));
    if (!this.cut.signal.aborted && result.kind !== 'later') this.outbox.seen(road, result.kind !== 'unavailable', at);
    const ageS = letter.ageS + since() / 1_000;
    const outcome = outcomeOf(letter, road.place, { result, againInS: nextTryInS(ageS, letter.ageS) });
    await this.rows.record(letter, outcome, (manager) => this.outbox.lost(manager, { ...letter, detail: outcome.state === 'sent' ? '' : outcome.detail }));
    if (outcome.state === 'waiting' && outcome.refusedBy !== null) this.loop.ring(); // the other road, at once
    this.say(road, result, ageS);
  }

  /** ERROR means that somebody must act: once, until a letter goes again. */
  private say(road: Road, result: RoadResult, ageS: number): void {
    this.metrics.mails.inc({ result: result.kind === 'sent' ? 'sent' : 'failed' });
    if (result.kind === 'sent') {
      if (this.stuck) this.logger.log('Letters go again.');
      this.stuck = false;
    } else if (result.kind === 'refused') this.logger.warn(`${road.host} refuses a letter for good: ${result.detail}`);
    else if (ageS >= ALARM_AFTER_S && !this.stuck) {
      this.stuck = true;
      this.logger.error(`Letters do not go, look at SMTP_URL and SECOND_ROAD_URL with npm run postern -- doctor: ${result.detail}`);
    }
  }

  private standing(): Standing {
    const [first, second] = this.outbox.roads;
    return {
      hasFirst: first !== undefined, hasSecond: second !== undefined, secondCarriesClients: second?.carriesClients ?? false,
      firstDown: this.outbox.isDown('first'), secondDown: this.outbox.isDown('second'),
    };
  }
}
