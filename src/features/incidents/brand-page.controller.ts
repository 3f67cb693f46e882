import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { CONFIG, type Config } from '../../infra/config.js';
import { Public } from '../../infra/http/access.js';
import type { WithContext } from '../../infra/http/correlation.js';
import { SANDBOX_POLICY } from '../../infra/http/headers.js';
import { sendPage } from '../../infra/http/html.js';
import { siteLink } from '../../infra/http/site.js';
import { brandFeed } from './brand-feed.js';
import { brandHead, brandPage, brandRules, brandUnknown } from './brand-page.js';
import { BrandReads } from './brand-reads.service.js';
import { type BrandOwner, ClientPagesService } from './client-pages.service.js';

const Slug = z.string().regex(/^[\w-]{1,100}$/);
const Wanted = z.object({ language: z.enum(['en', 'it']).optional().catch(undefined) });

/** The brand's page and its feed, for everybody: the same for all who ask, so any cache may keep it a minute. */
@ApiExcludeController()
@Public()
@Controller('public/b')
export class BrandPageController {
  constructor(
    private readonly pages: ClientPagesService,
    private readonly reads: BrandReads,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get(':slug')
  async page(@Param('slug', { schema: Slug }) slug: string, @Query({ schema: Wanted }) wanted: z.output<typeof Wanted>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const brand = await this.pages.brandOf(slug);
    if (!brand) return unknown(request, response);
    const language = wanted.language ?? brand.client.language;
    const outages = await this.reads.now(brand);
    const body = brandPage(brand, { outages, contacts: await this.reads.contacts(brand, outages) }, language);
    keepAMinute(response);
    sendPage(response, 200, { language, title: brand.client.name, body, head: brandHead(brand, language), rules: brandRules, policy: SANDBOX_POLICY });
  }

  @Get(':slug/feed.xml')
  async feed(@Param('slug', { schema: Slug }) slug: string, @Query({ schema: Wanted }) wanted: z.output<typeof Wanted>, @Req() request: WithContext, @Res() response: Response): Promise<void> {
    const brand = await this.pages.brandOf(slug);
    if (!brand) return unknown(request, response);
    const language = wanted.language ?? brand.client.language;
    keepAMinute(response);
    response.type('application/rss+xml').send(brandFeed(brand, await this.reads.lately(brand), { language, link: linkOf(this.config, brand) }));
  }
}

const linkOf = (config: Config, { slug }: BrandOwner): string => siteLink(config, `/b/${slug}`);

/** Express adds the ETag, and answers 304 to whoever has it. */
function keepAMinute(response: Response): void {
  response.setHeader('Cache-Control', 'public, max-age=60');
}

function unknown(request: WithContext, response: Response): void {
  const language = request.postern?.language ?? 'en';
  sendPage(response, 404, { language, ...brandUnknown(language), policy: SANDBOX_POLICY });
}
