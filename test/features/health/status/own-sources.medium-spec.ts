import { mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OfficialService } from '../../../../src/features/health/official.service.js';
import { OWN_SOURCES, OwnSources } from '../../../../src/features/health/status/own-sources.js';
import { builtInSources } from '../../../../src/features/health/status/sources.js';
import { Clock } from '../../../../src/infra/clock.js';
import { closeAll, outgoing, serving } from '../../../infra/http/loopback.js';

let folder: string;
let complaints: string[];
let sources: OwnSources;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-sources-'));
  complaints = [];
  sources = new OwnSources(join(folder, OWN_SOURCES), (mistakes) => complaints.push(...mistakes));
});
afterEach(async () => {
  await closeAll();
  await rm(folder, { recursive: true, force: true });
});

let written = 0;
/** With a time of its own, however fast the test is. */
async function write(content: string): Promise<void> {
  await writeFile(join(folder, OWN_SOURCES), content);
  await utimes(join(folder, OWN_SOURCES), 1_800_000_000, 1_800_000_000 + (written += 1));
}
const page = { platform: 'mastodon', host: 'mastodon.uno', format: 'instatus', url: 'https://status.mastodon.uno/summary.json', capabilities: { publish: '*' } };
const urls = async (platform: string) => (await sources.current()).filter((one) => one.platform === platform).map(({ url }) => url);

/** The room that asks the pages, with this folder as DATA_DIR. */
const official = () => new OfficialService(outgoing(), new Clock(), { DATA_DIR: folder });
const used = [{ id: 'mastodon:publish@mastodon.uno', connectorId: 'mastodon', host: 'mastodon.uno', clients: 1 }];

describe('status sources of the operator', () => {
  it('are asked, and what they say is evidence for their platform', async () => {
    const { url } = await serving((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":{"indicator":"major"}}'));
    await write(JSON.stringify([{ ...page, format: 'statuspage', url }]));
    const room = official();
    expect(room.signals('mastodon:publish@mastodon.uno')).toEqual([]);
    await room.round(used);
    expect(room.signals('mastodon:publish@mastodon.uno')).toEqual([{ kind: 'status', level: 'major', cause: null }]);
  });

  it('are none without a file: what comes along is in force', async () => {
    expect(await sources.current()).toEqual(builtInSources);
    expect(complaints).toEqual([]);
  });

  it('stand beside those of other hosts, and in the place of one for the same', async () => {
    await write(JSON.stringify([page]));
    expect(await urls('mastodon')).toEqual([page.url, 'https://status.mastodon.social/summary.json']);
    await write(JSON.stringify([{ ...page, host: 'mastodon.social' }]));
    expect(await urls('mastodon')).toEqual([page.url]);
    expect(await urls('linkedin')).toEqual(['https://www.linkedin-apistatus.com/api/v2/summary.json']);
  });

  it('are read anew when the file is another, without a restart, and gone with it', async () => {
    await write(JSON.stringify([page]));
    await sources.current();
    await write(JSON.stringify([{ ...page, url: 'https://elsewhere.example/summary.json' }]));
    expect(await urls('mastodon')).toContain('https://elsewhere.example/summary.json');
    await unlink(join(folder, OWN_SOURCES));
    expect(await sources.current()).toEqual(builtInSources);
  });

  it('with a mistake change nothing, and are complained of once, in a sentence for each', async () => {
    await write(JSON.stringify([page]));
    await sources.current();
    await write(JSON.stringify([{ ...page, url: 'ftp://x' }, { ...page, format: 'crystal-ball' }]));
    expect(await urls('mastodon')).toContain(page.url);
    await sources.current();
    expect(complaints).toHaveLength(2);
    expect(complaints[0]).toMatch(/^Status source 1 \(mastodon\): url must be a web address/);
    expect(complaints[1]).toMatch(/^Status source 2 \(mastodon\): format must be one of/);
  });

  it('of 50 MB are not read', async () => {
    await write(' '.repeat(50_000_000));
    expect(await sources.current()).toEqual(builtInSources);
    expect(complaints).toEqual([expect.stringContaining('larger than 4 MB')]);
  });
});
