import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type AudienceHouse, linksOf, openAudience } from '../features/audience/audience-house.js';
import { chromiumPath, openBrowser } from '../kit/browser.js';

const path = chromiumPath();

(path === null ? describe.skip : describe)('the pages of subscribers, in a browser', () => {
  let house: AudienceHouse;
  let browser: Browser;
  let url: string;
  let join: string;
  /** A brand's own website, on another origin, with the form in it. */
  let website: Server;
  const failures: string[] = [];

  beforeAll(async () => {
    house = await openAudience();
    await house.app.listen(0, '127.0.0.1');
    url = await house.app.getUrl();
    const list = await house.list();
    join = list.join;
    const { body } = await house.http().get(`/api/v1/lists/${list.id}/form?language=en`).set(house.as.viewer);
    const form = (body.html as string).replace(body.link as string, `${url}${join}`);
    website = createServer((_, response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end(`<!doctype html><title>Bar Aurora</title>${form}`));
    await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
    browser = await openBrowser(path ?? '');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    website.close();
    await house.close();
  });
  afterEach(() => expect(failures.splice(0)).toEqual([]));

  async function visit(where: string, width = 1280): Promise<Page> {
    const page = await (await browser.newContext({ locale: 'en', viewport: { width, height: 900 } })).newPage();
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto(where);
    return page;
  }
  async function signUp(page: Page, address: string): Promise<void> {
    await page.getByRole('textbox', { name: 'E-mail' }).fill(address);
    await page.getByRole('checkbox').check();
    await page.getByRole('button').click();
  }

  it('lead from the hosted form over the letter onto the list, and off it again by a button', async () => {
    const page = await visit(`${url}${join}?language=en`);
    await signUp(page, 'anna@example.com');
    expect(await page.getByRole('status').textContent()).toContain('a letter is on its way');
    const [mail] = await house.mails();
    await page.goto(`${url}${mail?.paths[0]}?language=en`);
    await page.getByRole('button', { name: 'Yes, sign me up' }).click();
    expect(await page.getByRole('heading').first().textContent()).toBe('You are signed up');
    const { leave } = await linksOf(house, 'anna@example.com');
    await page.goto(`${url}${leave}?language=en`);
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    expect(await page.getByRole('status').textContent()).toContain('gets nothing more');
    await page.getByRole('link', { name: 'Choose what you get' }).click();
    await page.getByLabel('News').check();
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Saved.');
    expect(await page.getByLabel('News').isChecked()).toBe(true);
    await page.getByRole('link', { name: 'Erase me' }).click();
    await page.getByRole('button', { name: 'Erase everything of me' }).click();
    expect(await page.getByRole('heading').first().textContent()).toBe('You are erased');
  });

  it('take a sign-up from a form on the brand\'s own website', async () => {
    const page = await visit(`http://localhost:${(website.address() as AddressInfo).port}/`);
    await signUp(page, 'bea@example.com');
    await page.getByRole('status').waitFor();
    expect(new URL(page.url()).origin).toBe(url);
    expect((await house.mails()).map(({ to }) => to)).toEqual(['bea@example.com']);
  });

  it('fit a phone, and hide the trap from everybody', async () => {
    const page = await visit(`${url}${join}?language=it`, 360);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await page.getByRole('textbox').count()).toBe(2);
  });
});
