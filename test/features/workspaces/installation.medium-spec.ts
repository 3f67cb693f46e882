import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InstallationService } from '../../../src/features/workspaces/installation.service.js';
import type { Actor } from '../../../src/infra/http/access.js';
import { registerStart } from '../../../src/infra/installation.js';
import { type House, openHouse } from '../../kit/house.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const actor: Actor = { kind: 'operator', id: 'command-line', name: 'root' };
let house: House;
let here: InstallationService;
let dataDir: string;
beforeAll(async () => {
  house = await openHouse();
  here = house.app.get(InstallationService, { strict: false });
  dataDir = await mkdtemp(join(tmpdir(), 'postern-pause-'));
  await registerStart(house.database, { dataDir, publicUrl: undefined, keyId: 'key-1' });
});
afterAll(async () => {
  await house.close();
  await rm(dataDir, { recursive: true });
});
beforeEach(async () => {
  await house.database.query('UPDATE installation SET paused_at = NULL, pause_reason = NULL');
  await house.database.query('TRUNCATE audit_log');
});

const isPaused = async () => (await here.read('en')).paused !== null;
const deeds = async () => (await house.database.query('SELECT action FROM audit_log ORDER BY id')).map(({ action }: { action: string }) => action);

/** As when the disk is full just there. */
async function withoutAudit(act: () => Promise<void>): Promise<void> {
  await house.database.query(`ALTER TABLE audit_log ADD CONSTRAINT full_disk CHECK (action !~ '^installation') NOT VALID`);
  try {
    await expect(act()).rejects.toThrow('full_disk');
  } finally {
    await house.database.query('ALTER TABLE audit_log DROP CONSTRAINT full_disk');
  }
}

describe('The installation', () => {
  it('writes down who paused and who armed it', async () => {
    await here.pause(actor);
    expect(await isPaused()).toBe(true);
    await here.arm(actor);
    expect([await isPaused(), await deeds()]).toEqual([false, ['installation.paused', 'installation.armed']]);
  });

  it('is not paused when that cannot be written down', async () => {
    await withoutAudit(() => here.pause(actor));
    expect(await isPaused()).toBe(false);
  });

  it('is not armed when that cannot be written down', async () => {
    await here.pause(actor);
    await withoutAudit(() => here.arm(actor));
    expect(await isPaused()).toBe(true);
  });

  it('writes nothing down when there was nothing to arm', async () => {
    await expect(here.arm(actor)).rejects.toMatchObject({ code: 'installation-not-paused' });
    expect(await deeds()).toEqual([]);
  });
});
