import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { html, sendPage } from '../../infra/http/html.js';
import { PostPages } from './post-pages.service.js';

/** Whatever was typed: a wrong address is told on the page, to a person. */
const Token = z.string().max(200);
const unknown = {
  en: { title: 'There is nothing here', text: 'Check the address, or ask whoever gave it to you.' },
  it: { title: 'Qui non c’è niente', text: 'Controlla l’indirizzo, o chiedi a chi te l’ha dato.' },
} as const;
const soon = {
  en: 'This page is on its way. It opens by itself as soon as it is there.',
  it: 'Questa pagina sta per arrivare. Si apre da sola appena c’è.',
} as const;
const gone = {
  en: 'What was to be read here is not on the web. If you need it, ask us.',
  it: 'Quello che si doveva leggere qui non è sul web. Se ti serve, chiedilo a noi.',
} as const;

/** The short address in an SMS or a newsletter: leads to where the post can be read. Opening it changes nothing. */
@ApiExcludeController()
@Public()
@Controller('public/s')
export class PublicPostController {
  constructor(private readonly pages: PostPages) {}

  @Get(':token')
  async page(@Param('token', { schema: Token }) token: string, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const page = await this.pages.read(token);
    response.setHeader('X-Robots-Tag', 'noindex');
    response.setHeader('Cache-Control', 'no-store'); // today's answer is not tomorrow's
    if (page?.url) return response.redirect(302, marked(page.url, request.query));
    const language = page?.language ?? request.postern?.language ?? 'en';
    if (page?.isComing) sendPage(response, 200, { language, title: page.brand, body: html`<h1>${page.brand}</h1><p>${soon[language]}</p>`, refreshSeconds: 20, policy: SANDBOX_POLICY });
    else if (page) sendPage(response, 410, { language, title: page.brand, body: html`<h1>${page.brand}</h1><p>${gone[language]}</p>`, policy: SANDBOX_POLICY });
    else sendPage(response, 404, { language, title: unknown[language].title, body: html`<h1>${unknown[language].title}</h1><p>${unknown[language].text}</p>`, policy: SANDBOX_POLICY });
  }
}

/** With the marks of the link that led here (`utm_…`): what counts visits is where the page is. */
function marked(address: string, query: Request['query']): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) {
    if (name.startsWith('utm_') && typeof value === 'string' && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.toString();
}
