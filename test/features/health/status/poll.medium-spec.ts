import { afterEach, describe, expect, it } from '@jest/globals';
import { poll, type Polled } from '../../../../src/features/health/status/poll.js';
import { StatusSource } from '../../../../src/features/health/status/source.schema.js';
import { closeAll, outgoing, serving } from '../../../infra/http/loopback.js';

afterEach(closeAll);

const ask = (url: string): Promise<Polled> =>
  poll(StatusSource.parse({ platform: 'acme', format: 'statuspage', url, capabilities: { publish: '*' } }), null, { road: outgoing(), now: () => Date.parse('2026-09-23T10:00:00Z') });

describe('asking a status page by the way every request leaves', () => {
  it('reads what a server says', async () => {
    const { url } = await serving((_request, response) => response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' }).end('{"status":{"indicator":"major"}}'));
    expect(await ask(url)).toMatchObject({ report: { kind: 'ok', worst: 'major' }, etag: '"1"' });
  });

  it('does not read 50 MB', async () => {
    let tell: (isWhole: boolean) => void = () => undefined;
    const wasSentWhole = new Promise<boolean>((resolve) => (tell = resolve));
    const { url } = await serving((_request, response) => {
      response.on('close', () => tell(response.writableFinished));
      response.writeHead(200, { 'content-type': 'application/json' });
      const block = Buffer.alloc(1_000_000, ' ');
      const more = (left: number): void => {
        if (left === 0) response.end();
        else response.write(block, (error) => !error && more(left - 1));
      };
      more(50);
    });
    expect(await ask(url)).toMatchObject({ report: { kind: 'broken' }, failures: 1, isOurs: false });
    expect(await wasSentWhole).toBe(false);
  });

  it('does not follow redirects for ever', async () => {
    const { url, seen } = await serving((request, response) => response.writeHead(302, { location: `${request.url}x` }).end());
    expect(await ask(`${url}/`)).toMatchObject({ report: { kind: 'broken', reason: 'the answer 302' } });
    expect(seen.length).toBeLessThanOrEqual(6);
  });

  it('asks no address the guard refuses', async () => {
    expect(await ask('http://169.254.169.254/latest/meta-data')).toMatchObject({ report: { kind: 'broken' }, isOurs: false });
  });
});
