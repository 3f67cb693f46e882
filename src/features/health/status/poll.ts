import { type Instant, MINUTE_MS } from '../../../core/instant.js';
import { type Fetch, TransportError } from '../../../core/transport.js';
import type { Terms } from '../../../infra/http/outgoing.js';
import { BrokenBody } from './body.js';
import { textOf } from './decode.js';
import { readStatus } from './formats.js';
import { broken, type StatusReport } from './report.js';
import type { StatusSource } from './source.schema.js';

/** A page is asked once a minute, as its makers advise their readers; a broken one half as often each time. */
const everyMs = MINUTE_MS;
const atMostMs = 15 * MINUTE_MS;
const terms = { maxBytes: 5_000_000, timeoutMs: 10_000, maxRedirects: 3 } as const;
/** A validator longer than this is not worth sending back. */
const maxValidator = 1_000;

/** How a request leaves: `Outgoing` of infra/http, with its address guard. */
export interface StatusRoad {
  fetch(terms: Terms): Fetch;
}

/** What is remembered of a source between two rounds. */
export interface Polled {
  readonly report: StatusReport;
  readonly askedAt: Instant;
  /** Not to be asked again before. */
  readonly nextAt: Instant;
  /** Broken answers in a row. */
  readonly failures: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Could not be asked because of us (offline, the guard, shutting down): says nothing of the page. */
  readonly isOurs: boolean;
}

export function isDue(polled: Polled | null, now: Instant): boolean {
  // A clock that was set back must not silence a source.
  return polled === null || now >= polled.nextAt || now < polled.askedAt;
}

/**
 * Asks a source, if it is due, and says what it says now. Never throws. One request, conditional where the page gave a
 * validator. A broken answer forgets what was known: an old report is no evidence of now.
 */
export async function poll(source: StatusSource, polled: Polled | null, { road, now }: { readonly road: StatusRoad; readonly now: () => Instant }): Promise<Polled> {
  const askedAt = now();
  if (polled !== null && !isDue(polled, askedAt)) return polled;
  const known = polled !== null && polled.report.kind !== 'broken' ? polled : null;
  try {
    const response = await road.fetch(terms)(source.url, {
      headers: {
        accept: 'application/json, application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9',
        ...(known?.etag && { 'if-none-match': known.etag }),
        ...(known?.lastModified && { 'if-modified-since': known.lastModified }),
      },
      timeoutMs: terms.timeoutMs,
    });
    if (response.status === 304 && known !== null && (known.etag !== null || known.lastModified !== null)) {
      return { ...known, askedAt, nextAt: askedAt + everyMs, failures: 0, isOurs: false };
    }
    if (response.status !== 200) return failed(`the answer ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > terms.maxBytes) return failed(`more than ${terms.maxBytes / 1e6} MB`);
    const report = readStatus(source.format, textOf(bytes, response.headers.get('content-type')), source.url);
    if (report.kind === 'broken') return failed(report.reason);
    return { report, askedAt, nextAt: askedAt + everyMs, failures: 0, etag: validator('etag', response), lastModified: validator('last-modified', response), isOurs: false };
  } catch (error) {
    if (error instanceof BrokenBody) return failed(error.message);
    if (!(error instanceof TransportError)) return failed(`a fault in reading it (${error instanceof Error ? error.name : typeof error})`);
    return failed(error.message, error.kind === 'offline' || error.kind === 'aborted' || error.kind === 'claim-too-old');
  }

  function failed(reason: string, isOurs = false): Polled {
    const failures = isOurs ? (polled?.failures ?? 0) : (polled?.failures ?? 0) + 1;
    const waitMs = isOurs ? everyMs : Math.min(everyMs * 2 ** Math.min(failures, 10), atMostMs);
    return { report: broken(reason), askedAt, nextAt: askedAt + waitMs, failures, etag: null, lastModified: null, isOurs };
  }
}

function validator(name: string, response: Response): string | null {
  const value = response.headers.get(name);
  return value !== null && value !== '' && value.length <= maxValidator ? value : null;
}
