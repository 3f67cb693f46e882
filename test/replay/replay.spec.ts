import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { flapTransitions, recoveryNoticed } from '../bench/detector-recovery.js';
import { ownNetwork, tenantStorms } from '../bench/detector-storms.js';
import { replayRow } from './outage.js';
import { main } from './replay.js';
import type { OutageRow } from './rows.js';
import { replaySimply } from './simple-rules.js';
import type { FaultClass } from './world.js';

const from = Date.UTC(2025, 10, 18, 11, 20);
const row = (kind: FaultClass, minutes = 60): OutageRow => ({ id: `test-${kind}`, kind, from, to: from + minutes * 60_000, platforms: ['x'], infraGroup: 'x', ackAt: null, causeClass: 'unknown' });
const agency = { size: { postsPerDay: 30, tenants: 1, clients: 12 }, seed: 1, normalDays: 0.2 };
const large = { size: { postsPerDay: 2_000, tenants: 60, clients: 5 }, seed: 1, normalDays: 0.05 };

describe('an outage replayed', () => {
  it('in full is down within two minutes at an agency’s size, and nobody waits untold', () => {
    for (const kind of ['total', '5xx', 'dns'] as const) {
      const figures = replayRow(row(kind), agency);
      expect(figures.downMs).toBeLessThanOrEqual(120_000);
      expect(figures).toMatchObject({ untoldWaits: 0, endedFailed: 0, toldToReconnect: 0, wrongCause: false });
    }
  });

  it('of limits, accounts or writes alone makes those that follow the first failure wait', () => {
    for (const kind of ['login', 'limit_error', 'api_error', 'account_error'] as const) {
      const figures = replayRow(row(kind, 300), agency);
      expect(figures.waitShare).toBe(1);
      expect(figures).toMatchObject({ untoldWaits: 0, endedFailed: 0, toldToReconnect: 0, wrongCause: false });
    }
  });

  it('of our own network marks nothing down', () => {
    expect(replayRow(row('none_for_platforms', 78), large)).toMatchObject({ falseDowns: 0, downMs: null, cause: 'own-network' });
  });

  it('is held nearly whole with many tenants, whatever fails', () => {
    for (const kind of ['total', 'media', 'login', 'read_only', 'intermittent'] as const) expect(replayRow(row(kind, 120), large).heldShare).toBeGreaterThan(0.9);
  });

  it('gives the same figures for the same seed, and the simple rules theirs', () => {
    expect(replayRow(row('partial'), agency)).toEqual(replayRow(row('partial'), agency));
    expect(replaySimply('fixedCheck', row('login'), agency).missed).toBe(true);
    expect(replaySimply('officialOnly', row('total'), agency)).toMatchObject({ missed: true, heldShare: 0 });
  });
});

describe('the bench, in short', () => {
  it('is blind to one tenant’s storm and to our own network', () => {
    expect(tenantStorms(12, 1).falseDowns).toBe(0);
    expect(ownNetwork(8, 1).falseDowns).toBe(0);
  });

  it('changes its mind seven times at most while a platform flaps for three hours', () => {
    expect(flapTransitions(agency.size, 2, 1)).toBeLessThanOrEqual(7);
  });

  it('notices a recovery within three minutes, also with nothing held', () => {
    const { seen, p95 } = recoveryNoticed({ postsPerDay: 1, tenants: 1, clients: 5 }, 18, 1);
    expect(seen).toBeGreaterThan(5);
    expect(p95).toBeLessThanOrEqual(180_000);
  });
});

describe('the command', () => {
  const complaint = (text: string, ...more: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-'));
    const file = join(folder, 'outages.json');
    writeFileSync(file, text);
    const said: string[] = [];
    const code = main([file, ...more], () => {}, (line) => said.push(line.replace(file, 'FILE')));
    rmSync(folder, { recursive: true });
    return { code, said: said.join('\n') };
  };

  it('says in one sentence what is wrong with a file or a word', () => {
    expect(complaint('{')).toEqual({ code: 2, said: 'FILE is not JSON; it must be a list of outages.' });
    expect(complaint('[]').said).toBe('FILE must be a list with at least one outage.');
    expect(complaint('[7]').said).toBe('FILE, row 1 is not an object.');
    expect(complaint('[{"id":"x","symptom_class":"sunshine","duration_min":5,"start_utc":"2026-01-01T00:00Z"}]').said).toContain('sunshine');
    expect(complaint('[{"id":"x","symptom_class":"total","duration_min":5,"start_utc":"soon"}]').said).toContain('start_utc');
    expect(complaint('[]', '--tenants', 'many').said).toBe('--tenants must be a whole number from 1 to 10000.');
    expect(complaint('[]', '--colour').said).toContain("Unknown option '--colour'");
    expect(main(['/nowhere/x.json'], () => {}, () => {})).toBe(2);
  });
});
