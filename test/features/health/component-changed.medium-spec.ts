import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import type { ComponentChanged } from '../../../src/features/health/health.events.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { WordsService } from '../../../src/features/health/words.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { Metrics } from '../../../src/infra/metrics.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

class HeldClock extends Clock {
  at = Date.now();
  override now = () => this.at;
  override monotonic = () => this.at;
}
const operator = { kind: 'operator', id: uuid(), name: 'Anna' } as const;

let house: DispatchHouse;
let watch: HealthWatchService;
let component: string;
const clock = new HeldClock();
beforeAll(async () => {
  house = await openDispatch({ detector: detectorConfig, clock });
  watch = house.get(HealthWatchService);
  const [row] = await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel('beta').id]);
  component = row?.id ?? '';
});
afterAll(() => house.close());

/** Each round is the test's, six seconds after the last: whatever is around a component is read anew. */
const round = async () => {
  clock.at += 6_000;
  await watch.round(new AbortController().signal);
};
const facts = async () =>
  (await house.dataSource.query<{ payload: ComponentChanged }[]>(`SELECT payload FROM events WHERE kind = 'component.changed' AND payload ->> 'componentId' = $1 ORDER BY at, id`, [component]))
    .map(({ payload: { from, to } }) => `${from} > ${to}`);
const say = (state: 'up' | 'down') => house.get(WordsService).say(operator, component, { state, reason: 'they told us', hours: 1 });
beforeEach(async () => {
  await house.dataSource.query(`DELETE FROM events; UPDATE operator_words SET ended_at = now(); DELETE FROM components`);
  await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() - interval '1 second'`, [uuid()]);
  await round();
});

describe('component.changed', () => {
  it('is written once for each change, with the verdict', async () => {
    await say('down');
    await round();
    await round();
    expect(await facts()).toEqual(['unknown > down']);
    await say('up');
    await round();
    expect(await facts()).toEqual(['unknown > down', 'down > up']);
    expect(await house.dataSource.query('SELECT workspace_id, subject_id FROM events')).toEqual(Array.from({ length: 2 }, () => ({ workspace_id: null, subject_id: null })));
  });

  it('is not written again by the next leader, nor after a restart', async () => {
    await say('down');
    await round();
    await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() - interval '1 second'`, [uuid()]);
    await round();
    await round();
    expect(await facts()).toEqual(['unknown > down']);
  });

  it('is not written by one that leads no more', async () => {
    await round();
    await house.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1, until = now() + interval '10 minutes'`, [uuid()]);
    await say('down');
    clock.at += 2_000; // less than it takes to renew: it believes that it leads
    await watch.round(new AbortController().signal);
    await round();
    expect(await facts()).toEqual([]);
  });

  it('takes back what was said when the last channel is gone', async () => {
    await say('down');
    await round();
    await house.dataSource.query('UPDATE channels SET archived_at = now() WHERE component_id = $1', [component]);
    await round();
    await house.dataSource.query('UPDATE channels SET archived_at = NULL WHERE component_id = $1', [component]);
    expect(await facts()).toEqual(['unknown > down', 'down > unknown']);
  });
});

describe('a component', () => {
  const siblingsOf = async (id: string) => (await house.dataSource.query<{ ids: string[] }[]>(`SELECT ARRAY(SELECT jsonb_array_elements(detector -> 'siblings') ->> 'id') AS ids FROM components WHERE id = $1`, [id]))[0]?.ids;

  it('is told that a sibling is down, and that it is so no more once nobody uses it', async () => {
    const alpha = component.replace('beta', 'alpha');
    await house.get(WordsService).say(operator, alpha, { state: 'down', reason: 'they told us', hours: 1 });
    for (let i = 0; i < 6; i += 1) await round();
    expect(await siblingsOf(component)).toEqual([alpha]);
    await house.dataSource.query('UPDATE channels SET archived_at = now() WHERE component_id = $1', [alpha]);
    for (let i = 0; i < 6; i += 1) await round();
    await house.dataSource.query('UPDATE channels SET archived_at = NULL WHERE component_id = $1', [alpha]);
    expect(await siblingsOf(component)).toEqual([]);
  });
});

describe('a fall inside an announced maintenance', () => {
  it('is told as maintenance', async () => {
    await house.dataSource.query(
      `INSERT INTO maintenances (id, component_id, source, key, from_at, to_at, reason) VALUES ($1, $2, 'page', 'x', now() - interval '1 hour', now() + interval '1 hour', 'new machines')`, [uuid(), component],
    );
    await round();
    expect(await facts()).toEqual([]);
    for (const account of [uuid(), uuid()]) house.get(HealthService).report(component, { kind: 'write', at: clock.at, process: 'p', account, client: account, workspace: account, app: null, outcome: 'unavailable', media: false, healthy: true, latencyMs: null });
    await house.get(HealthService).send();
    await round();
    await round();
    expect((await facts()).at(-1)).toMatch(/> maintenance$/);
  });
});

describe('the figures', () => {
  it('show the state of each component, and how long it took to see that one fell', async () => {
    await house.dataSource.query('DELETE FROM maintenances');
    for (let i = 0; i < 10; i += 1) {
      house.get(HealthService).report(component, { kind: 'probe', at: clock.at, process: 'p', ok: false });
      await house.get(HealthService).send();
      await round();
    }
    const text = await house.get(Metrics).text();
    expect(text).toContain(`postern_component_state{component="${component}"} 3`);
    expect(text).toContain('postern_detection_seconds_count 1');
    expect(/postern_detection_seconds_sum (\d+)/.exec(text)?.[1]).toBe('48'); // eight of them, each taken up six seconds later
  });
});
