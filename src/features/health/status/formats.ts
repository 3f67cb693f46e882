import { readBetterStack } from './better-stack.js';
import { BrokenBody, maxBody } from './body.js';
import { readGoogle } from './google.js';
import { readIncidentIo } from './incident-io.js';
import { readInstatus } from './instatus.js';
import { readLog } from './log.js';
import { readMetaOrgs, readMetaOutages } from './meta.js';
import { readMetaRss } from './meta-rss.js';
import { broken, type Reading, reportOf, type StatusReport } from './report.js';
import { readSlack } from './slack.js';
import type { StatusFormat } from './source.schema.js';
import { readStatuspage } from './statuspage.js';

/** `url` of the body, for addresses in it that are relative to it. */
const formats: Readonly<Record<StatusFormat, (text: string, url?: string) => Reading>> = {
  statuspage: readStatuspage,
  'incident-io': readIncidentIo,
  instatus: readInstatus,
  'meta-orgs': readMetaOrgs,
  'meta-outages': readMetaOutages,
  'meta-rss': readMetaRss,
  'better-stack': readBetterStack,
  google: readGoogle,
  slack: readSlack,
  rss: (text) => readLog(text, 'rss'),
  atom: (text) => readLog(text, 'atom'),
};

/** What a body says. Pure, never throws, and never says `operational` of what it could not read. */
export function readStatus(format: StatusFormat, text: string, url?: string): StatusReport {
  if (text.length > maxBody) return broken(`more than ${maxBody / 1e6} million characters`);
  try {
    return reportOf(formats[format](text, url));
  } catch (error) {
    return broken(error instanceof BrokenBody ? error.message : `a body that cannot be read (${error instanceof Error ? error.name : 'fault'})`);
  }
}
