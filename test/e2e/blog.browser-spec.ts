import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, openBrowser } from '../kit/browser.js';
import { type House, openHouse, type Visitor } from '../kit/house.js';

const path = chromiumPath();

/** A picture that a browser really decodes: `width` × `height` of one colour. */
function picture(width: number, height: number, [red, green, blue]: readonly [number, number, number]): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2], 8);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))]);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', size), chunk('IDAT', deflateSync(Buffer.alloc(line.length * height, line))), chunk('IEND', Buffer.alloc(0))]);
}

const text = `Oggi il bar resta chiuso per lavori

Domani, sabato 28 novembre, riapriamo alle 8:00 come sempre. Chi aveva prenotato l’aperitivo trova il suo tavolo: non serve fare nulla.

Tutte le informazioni su https://aurora.example/aperitivo?da=blog & <b>nessun HTML</b>.
A presto,
Bar Aurora`;

(path === null ? describe.skip : describe)('a blog, in a browser', () => {
  let house: House;
  let browser: Browser;
  let url: string;
  let manager: Visitor;
  let published = '';
  const failures: string[] = [];

  beforeAll(async () => {
    house = await openHouse({ ROLES: 'api,worker,watch', CONTROL_TARGETS: 'http://127.0.0.1:9' });
    await house.app.listen(0, '127.0.0.1');
    url = await house.app.getUrl();
    manager = await house.member(await house.workspace('Agency'), 'manager');
    browser = await openBrowser(path ?? '');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  const post = async (to: string, body: object): Promise<Record<string, string>> => {
    const { status, body: answer } = await house.http().post(`/api/v1/${to}`).set(manager.headers).send(body);
    if (status !== 201) throw new Error(JSON.stringify(answer));
    return answer as Record<string, string>;
  };
  const visit = async (at: string, { width = 1280, dark = false } = {}): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light' });
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto(`${url}${at}`);
    return page;
  };
  /** Where `SCREENSHOTS` names a folder, for people to look at. */
  const keep = async (page: Page, name: string): Promise<void> => {
    const folder = process.env['SCREENSHOTS'];
    if (folder) await page.screenshot({ path: `${folder}/blog-${name}.png`, fullPage: true });
  };

  it('shows a scheduled post at its public address, by itself', async () => {
    const { id: clientId = '' } = await post('clients', { name: 'Bar Aurora', zone: 'Europe/Rome', language: 'it', day: { from: '00:00', to: '24:00' } });
    const settings = { version: 1, slug: 'bar-aurora', on: true, title: 'Bar Aurora', tagline: 'Caffè dal 1952', language: 'it', accent: '#a3341f', footer: 'Bar Aurora srl, via Roma 1, Torino. P. IVA 01234567890' };
    expect((await house.http().put(`/api/v1/clients/${clientId}/blog`).set(manager.headers).send(settings)).status).toBe(200);
    const { id: channelId } = await post('channels', { clientId, connectorId: 'blog', account: { blog: 'bar-aurora' } });
    const uploaded = await house.http().post('/api/v1/media?alt=Il+bancone+del+bar').set(manager.headers).set('Content-Type', 'image/png').send(picture(960, 540, [176, 104, 62]));
    const [{ wall }] = await house.database.query<{ wall: string }[]>(`SELECT to_char((now() + interval '3 seconds') AT TIME ZONE 'Europe/Rome', 'YYYY-MM-DD"T"HH24:MI:SS') AS wall`).then((rows) => rows as [{ wall: string }]);
    const part = { text, media: [{ mediaId: uploaded.body.id as string }], options: { blog: { tags: ['Avvisi', 'Aperitivo'] } } };
    const { id: postId } = await post('posts', { clientId, channelIds: [channelId], wallAt: wall, content: { parts: [part, { text: 'PS: il dehors è aperto anche d’inverno.' }] } });

    for (let tries = 0; published === '' && tries < 400; tries += 1) {
      const { body } = await house.http().get(`/api/v1/posts/${postId}`).set(manager.headers);
      if (body.state === 'published') published = new URL(body.deliveries[0].url as string).pathname;
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(published).toBe('/public/blog/bar-aurora/oggi-il-bar-resta-chiuso-per-lavori');
    const page = await visit(published);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Oggi il bar resta chiuso per lavori');
    expect(await page.getByText('<b>nessun HTML</b>').count()).toBe(1);
    expect(await page.getByText('PS: il dehors').count()).toBe(1);
    expect(await page.evaluate('document.documentElement.lang')).toBe('it');
    await keep(page, 'article-desktop');
    await page.close();
  }, 90_000);

  it('shows its picture, in spite of its sandbox', async () => {
    const page = await visit(published);
    const shown = await page.evaluate(`(async () => { const image = document.querySelector('article img'); await image.decode(); return [image.alt, image.naturalWidth]; })()`);
    expect(shown).toEqual(['Il bancone del bar', 960]);
    await page.close();
  });

  it.each([320, 360, 1280])('fits a screen of %d without scrolling sideways, in the dark too', async (width) => {
    for (const at of ['/public/blog/bar-aurora', published, '/public/blog/bar-aurora?tag=Avvisi', '/public/blog/nobody']) {
      const page = await visit(at, { width, dark: width === 360 });
      failures.splice(0, failures.length, ...failures.filter((failure) => !failure.includes('404'))); // the page that is not there
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      await keep(page, `${at.split(/[/?]/).at(-1) ?? ''}-${width}`);
      await page.close();
    }
  });

  it('is walked through by keyboard alone', async () => {
    const page = await visit('/public/blog/bar-aurora');
    const reached = new Set<string>();
    for (let i = 0; i < 12; i += 1) {
      await page.keyboard.press('Tab');
      reached.add(String(await page.evaluate('document.activeElement?.getAttribute("href") ?? ""')));
    }
    expect([...reached]).toEqual(expect.arrayContaining(['/public/blog/bar-aurora', published, '/public/blog/bar-aurora/feed.xml']));
    await page.close();
  });

  it('can be read in the dark: the text and the links stand out from the ground', async () => {
    const page = await visit(published, { dark: true });
    const colours = await page.evaluate<string[]>(`['body', 'a', '.when'].map((one) => getComputedStyle(document.querySelector(one)).color).concat(getComputedStyle(document.body).backgroundColor)`);
    expect(colours).toEqual(['rgb(232, 233, 236)', expect.stringMatching(/^rgb\(\d+, \d+, \d+\)$/), 'rgb(163, 168, 179)', 'rgb(22, 24, 29)']);
    await keep(page, 'article-dark');
    await page.close();
  });

  it('breaks nothing the browser would complain of', () => {
    expect(failures).toEqual([]);
  });
});
