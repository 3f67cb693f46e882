import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { connectByHand, planByHand } from '../features/desk/hand-page-house.js';
import { openPagesHouse, type PagesHouse } from '../features/incidents/pages-house.js';
import { chromiumPath, openBrowser } from '../kit/browser.js';

const path = chromiumPath();

(path === null ? describe.skip : describe)('a post by hand, on a phone', () => {
  let house: PagesHouse;
  let browser: Browser;
  let team: BrowserContext;
  let url: string;
  let id: string;
  const failures: string[] = [];

  beforeAll(async () => {
    house = await openPagesHouse();
    await house.app.listen(0, '127.0.0.1');
    url = await house.app.getUrl();
    const mine = await house.client('Bar Aurora');
    const hand = await connectByHand(house, mine, await house.member(mine.workspaceId, 'owner'));
    id = await planByHand(house, mine, { ...hand, text: `Aperitivo in terrazza, dalle 18 alle 21.\n\n${'#aperitivo '.repeat(20)}\nhttps://bar-aurora.example/${'a'.repeat(120)}` });
    const editor = await house.member(mine.workspaceId, 'editor');
    browser = await openBrowser(path ?? '');
    team = await browser.newContext({ locale: 'en', viewport: { width: 360, height: 740 } });
    const [name = '', value = ''] = (editor.headers['Cookie'] ?? '').split('=');
    await team.addCookies([{ name, value, url }]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  async function visit(): Promise<Page> {
    const page = await team.newPage();
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto(`${url}/desk/by-hand/${id}`);
    return page;
  }

  it('fits without scrolling sideways, and shows its picture', async () => {
    const page = await visit();
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.locator('img').scrollIntoViewIfNeeded();
    await page.waitForFunction('document.querySelector("img").naturalWidth === 1');
    await page.close();
  });

  it('is done with the keyboard alone: the platform, the text, the link, the button', async () => {
    const page = await visit();
    const order: string[] = [];
    for (let i = 0; i < 12 && !order.includes('It is out'); i += 1) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate('(document.activeElement.textContent || document.activeElement.name).trim().slice(0, 24)'));
      if (order.at(-1) === 'url') await page.keyboard.type('https://www.instagram.com/p/1');
    }
    expect(order.slice(2)).toEqual(['Open Instagram to post i', 'Aperitivo in terrazza, d', 'Save it', 'Two <glasses>', 'url', 'It is out']);
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.getByRole('status').textContent()).toMatch(/^It is out: Person \d+ said so/);
    await page.close();
  });

  it('complains of nothing in the browser’s console', () => {
    expect(failures).toEqual([]);
  });
});
