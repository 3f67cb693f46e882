import type { Config } from '../../infra/config.js';
import { siteLink } from '../../infra/http/site.js';

/** The link of a blog for everybody, or of something on it. `path`: an article's slug, `feed.xml`, … */
export function blogLink(config: Pick<Config, 'PUBLIC_SITE_URL' | 'PUBLIC_URL' | 'HOST' | 'PORT'>, slug: string, path = ''): string {
  return siteLink(config, `/blog/${slug}${path === '' ? '' : `/${path}`}`);
}
