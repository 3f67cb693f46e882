import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { DemoService } from '../../src/features/desk/demo.service.js';
import { chromiumPath, openBrowser } from '../kit/browser.js';
import { type House, openHouse } from '../kit/house.js';

const path = chromiumPath();

(path === null ? describe.skip : describe)('the page at /, in a browser', () => {
  let house: House;
  let browser: Browser;
  let url: string;
  const failures: string[] = [];

  beforeAll(async () => {
    house = await openHouse({ ROLES: 'api,worker,watch', CONTROL_TARGETS: 'http://127.0.0.1:9' });
    await house.app.listen(0, '127.0.0.1');
    url = await house.app.getUrl();
    await house.app.get(DemoService, { strict: false }).ensure();
    browser = await openBrowser(path ?? '');
  });
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  async function visit(options: { readonly width?: number; readonly locale?: string; readonly at?: string } = {}): Promise<Page> {
    const { width = 1280, locale = 'en', at = '/' } = options;
    const page = await browser.newPage({ viewport: { width, height: 800 }, locale });
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto(`${url}${at}`);
    return page;
  }

  it('shows a scheduled post of the demo going out, by itself', async () => {
    const page = await visit();
    await page.getByText('Published').first().waitFor({ timeout: 100_000 });
    expect(await page.getByText('sandbox', { exact: false }).count()).toBeGreaterThan(0);
    await page.close();
  });

  it('fits a phone without scrolling sideways', async () => {
    const page = await visit({ width: 360, at: '/?still' });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.close();
  });

  it('leads to the API and to signing in by keyboard alone', async () => {
    const page = await visit({ at: '/?still' });
    const reached = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      reached.add(String(await page.evaluate('document.activeElement?.getAttribute("href") ?? ""')));
    }
    expect([...reached]).toEqual(expect.arrayContaining(['/api/docs', '/sign-in']));
    await page.close();
  });

  it('speaks Italian to an Italian browser', async () => {
    const page = await visit({ locale: 'it-IT', at: '/?still' });
    expect(await page.evaluate('document.documentElement.lang')).toBe('it');
    await page.close();
  });

  it('breaks nothing the browser would complain of', () => {
    expect(failures).toEqual([]);
  });
});
