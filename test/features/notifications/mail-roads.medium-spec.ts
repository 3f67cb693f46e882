import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { detectorConfig } from '../../../src/core/detector-config.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { OutletsService } from '../../../src/features/health/outlets.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { MailRoadsService } from '../../../src/features/notifications/mail-roads.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { Heartbeat } from '../../../src/infra/heartbeat.js';
import { LetterRows } from '../../../src/infra/mail/letter-rows.js';
import { SmtpRoad } from '../../../src/infra/mail/smtp-road.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { quietPort } from '../../kit/quiet-port.js';
import { letter, mailRoom } from '../../infra/mail/mail-room.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

class HeldClock extends Clock {
  at = Date.now();
  override now = () => this.at;
  override monotonic = () => this.at;
}

/** Its probes are real, and the test can wait for the answer. */
class KnownRoad extends SmtpRoad {
  asked = 0;
  answer: Promise<unknown> = Promise.resolve();
  override probe(signal: AbortSignal): ReturnType<SmtpRoad['probe']> {
    const answer = super.probe(signal);
    this.asked += 1;
    this.answer = answer;
    return answer;
  }
}

let house: DispatchHouse;
let first: PostOffice;
let second: PostOffice;
let road: KnownRoad;
let other: SmtpRoad;
let room: ReturnType<typeof mailRoom>;
const clock = new HeldClock();

beforeAll(async () => {
  [house, first, second] = await Promise.all([openDispatch({ detector: detectorConfig, clock }), openPostOffice(await quietPort()), openPostOffice()]);
  road = new KnownRoad('first', `smtp://127.0.0.1:${first.port}`);
  other = new SmtpRoad('second', `smtp://127.0.0.1:${second.port}`);
  room = mailRoom(house.dataSource, [road, other]);
  new MailRoadsService(room.outbox, new LetterRows(house.dataSource), house.get(OutletsService), house.get(HealthService), house.get(Heartbeat)).onModuleInit();
});
afterAll(async () => {
  road.close();
  other.close();
  await Promise.all([first.close(), second.close()]);
  await house.close();
});

const rounds = async (count: number) => {
  for (let i = 0; i < count; i += 1) {
    clock.at += 6_000;
    await house.get(HealthWatchService).round(new AbortController().signal);
    await road.answer;
    await setImmediate();
    await house.get(HealthService).read();
  }
};
const state = () => house.get(HealthService).verdict(`smtp:publish@127.0.0.1:${first.port}`).state;

describe('A mail road', () => {
  it('is a component of its host, asked only while there are letters', async () => {
    await rounds(3);
    expect([road.asked, state()]).toEqual([0, 'unknown']);
    await room.write(letter());
    await rounds(8);
    expect([road.asked > 0, state()]).toEqual([true, 'up']);
    await room.carry();
    expect(first.letters).toHaveLength(1);
  });

  it('is suspect when a letter could not go by it', async () => {
    await first.close();
    await room.write(letter());
    await room.carry();
    await house.get(HealthService).send();
    await rounds(1);
    expect(state()).toBe('suspect');
  });

  it('is passed over at once when it is down', async () => {
    await rounds(12);
    expect(state()).toBe('down');
    await room.write(letter());
    await room.carry();
    expect(second.letters).toHaveLength(1);
  });

  it('takes letters again when it is back', async () => {
    const reopened = await openPostOffice(first.port);
    await rounds(30);
    expect(['recovering', 'up']).toContain(state());
    await room.write(letter());
    await room.carry();
    expect(reopened.letters).toHaveLength(1);
    await reopened.close();
  });
});
