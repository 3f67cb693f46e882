import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ClientPagesService } from '../../src/features/incidents/client-pages.service.js';
import { openPagesHouse, type PagesHouse } from '../features/incidents/pages-house.js';
import { chromiumPath, openBrowser } from '../kit/browser.js';

const path = chromiumPath();

(path === null ? describe.skip : describe)('pages of an outage, in a browser', () => {
  let house: PagesHouse;
  let browser: Browser;
  let team: BrowserContext;
  let url: string;
  const failures: string[] = [];
  const at = { client: '', report: '', brand: '', incidents: '', incident: '', change: '', over: '' };

  beforeAll(async () => {
    house = await openPagesHouse();
    await house.app.listen(0, '127.0.0.1');
    url = await house.app.getUrl();
    const mine = await house.client('Bar Aurora', { language: 'it' });
    const { workspaceId, clientId } = mine;
    const over = await house.outage({ beganMinutesAgo: 600, state: 'closed', endedMinutesAgo: 400 });
    await house.post(over, mine, { text: 'Caffè e cornetto: oggi il secondo lo offriamo noi, fino alle undici e mezza, in tutte le nostre sedi.', dueInMinutes: -590, state: 'published', url: `https://alpha.example/${'p'.repeat(80)}` });
    await house.post(over, mine, { text: 'Diretta alle 12', dueInMinutes: -500, choice: 'hour-counts', state: 'missed' });
    const open = await house.outage({ beganMinutesAgo: 22, official: { text: 'We are investigating elevated error rates.', url: 'https://status.example/1', at: new Date().toISOString() } });
    const held = await house.post(open, mine, { text: 'Aperitivo in terrazza', dueInMinutes: -10 });
    await house.post(open, mine, { text: 'Concerto stasera', dueInMinutes: 200, choice: 'hour-counts' });
    await house.post(open, await house.client('Hotel Rivale', { workspaceId }), { text: 'Camere libere', dueInMinutes: 30 });
    const contact = { label: 'Al bancone', url: `https://bar-aurora.example/${'concorso'.repeat(8)}`, email: 'vinci@bar-aurora.example', phone: '+390612345678' };
    await house.promise(mine, { fromMinutes: -6_000, untilMinutes: 300, title: 'Vinci un caffè', say: 'Il concorso continua: scrivici o passa al bancone.', contact, contactPublic: true });
    await house.promise(mine, { kind: 'ads', fromMinutes: -6_000, untilMinutes: 6_000, title: 'Estate', dailyBudget: { minor: 38_900, currency: 'EUR' } });
    await house.database.query(
      `INSERT INTO client_pages (client_id, workspace_id, slug, brand_on, contacts) VALUES ($1, $2, 'bar-aurora', true, $3)`,
      [clientId, workspaceId, JSON.stringify({ email: 'ciao@bar-aurora.example', phone: '+390612345678', newsletter: 'https://bar-aurora.example/newsletter', blog: null, shop: null })],
    );
    const editor = await house.member(workspaceId, 'editor');
    await house.database.query(
      `INSERT INTO incident_asks (incident_id, client_id, workspace_id, asked, next_at) SELECT $1, id, workspace_id, jsonb_build_array($3::text), now() + interval '15 minutes' FROM clients WHERE workspace_id = $2`,
      [open, workspaceId, editor.userId],
    );
    at.client = new URL(await house.app.get(ClientPagesService, { strict: false }).link(workspaceId, clientId)).pathname;
    at.report = `${at.client}/incidents/${over}`;
    at.brand = '/public/b/bar-aurora';
    at.incidents = '/desk/incidents';
    at.incident = `/desk/incidents/${open}`;
    at.over = `/desk/incidents/${over}`;
    at.change = `/desk/incidents/${open}?change=${held}`;
    browser = await openBrowser(path ?? '');
    team = await browser.newContext({ locale: 'en' });
    const [name = '', value = ''] = (editor.headers['Cookie'] ?? '').split('=');
    await team.addCookies([{ name, value, url }]);
  });
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  async function visit(where: string, width = 1280): Promise<Page> {
    const page = await team.newPage();
    await page.setViewportSize({ width, height: 900 });
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto(`${url}${where}`);
    return page;
  }

  it.each(Object.keys(at) as (keyof typeof at)[])('%s fits a phone without scrolling sideways', async (name) => {
    const page = await visit(at[name], 360);
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.close();
  });

  it('the report comes out on A4, light, as a table, with the links written out', async () => {
    const page = await visit(at.report, 400);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate(`[getComputedStyle(document.querySelector('nav')).display, getComputedStyle(document.querySelector('td')).display, getComputedStyle(document.querySelector('a.out'), '::after').content]`))
      .toEqual(['none', 'table-cell', expect.stringContaining('https://alpha.example/')]);
    expect((await page.pdf({ preferCSSPageSize: true })).subarray(0, 4).toString()).toBe('%PDF');
    await page.close();
  });

  it('the table beside the report can be saved, though the page is in a sandbox', async () => {
    const page = await visit(at.report);
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /CSV/ }).click()]);
    expect(saved.suggestedFilename()).toMatch(/^report-.*\.csv$/);
    await page.close();
  });

  it('a post is left out in two presses, and another one moved', async () => {
    const page = await visit(at.incident);
    const row = page.locator('tr', { hasText: 'Aperitivo in terrazza' }).first();
    await row.getByText('Don’t post', { exact: true }).click();
    await row.getByRole('button', { name: 'Yes, don’t post it' }).click();
    await page.getByRole('status').filter({ hasText: 'It is not posted.' }).waitFor();
    await page.locator('tr', { hasText: 'Concerto stasera' }).first().getByRole('link', { name: /another time/ }).click();
    await page.locator('input[name=wallAt]').fill('2030-07-01T18:00');
    await page.getByRole('button', { name: 'Move it' }).click();
    await page.getByRole('status').filter({ hasText: 'The post is moved.' }).waitFor();
    await page.close();
  });

  it('what is to be done for a promise afterwards is ticked off in one press', async () => {
    const page = await visit(at.over);
    const task = page.locator('li', { hasText: 'read the messages from' }).first();
    await task.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('status').filter({ hasText: 'It is noted.' }).waitFor();
    await page.locator('li', { hasText: '☑' }).getByText(/done by Person \d+/).waitFor();
    await page.close();
  });

  it('breaks nothing the browser would complain of', () => {
    expect(failures).toEqual([]);
  });
});
