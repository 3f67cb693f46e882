import { excerpt } from '../core/excerpt.js';
import type { Instant } from '../core/instant.js';
import type { Setback } from '../core/outcome.js';
import { retryAt } from '../core/retry-after.js';

/** An error as the platform itself words it. */
export interface OwnError {
  readonly status: number;
  /** The platform's own code, if its errors carry one. */
  readonly code: string | null;
  readonly message: string;
  readonly headers: Headers;
}

/** How a platform speaks of errors; one value per connector. */
export interface Dialect {
  /**
   * Reads a parsed body as the platform's own error; null = not its format (a proxy's page, a maintenance page, nothing).
   * Only what is in its own format is believed to come from the platform.
   */
  own(body: unknown, status: number): Pick<OwnError, 'code' | 'message'> | null;
  /** What its own codes mean where that is not what the status says; null = as the status says. */
  meaning?(error: OwnError, now: Instant): Setback | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came; may be HTML. */
  readonly text: string;
}

/**
 * What an answer outside 2xx means (DESIGN §5): by the platform's own code first, by the status second.
 * A 5xx that is not in the platform's own format, and 502 and 504 in any, may hide a post that was taken: `uncertain`.
 */
export function classify(answer: Answer, dialect: Dialect, now: Instant): Setback {
  const { status, headers, text } = answer;
  const own = dialect.own(parsed(text), status);
  if (own === null) return ofStranger(answer, now);
  const meant = dialect.meaning?.({ status, headers, ...own }, now);
  if (meant) return meant;

  const detail = `${status}: ${own.code === null ? '' : `${own.code}: `}${own.message}`;
  if (status === 401 || status === 403) return { kind: 'unauthorized', detail };
  if (status === 429) return { kind: 'throttled', until: retryAt(headers, now), scope: 'account', detail };
  if (status === 502 || status === 504) return { kind: 'uncertain', detail };
  if (status >= 500 || transient.has(status)) return { kind: 'unavailable', detail };
  if (status >= 400) return { kind: 'refused', detail };
  return ofRedirect(status);
}

/** Request timeout, misdirected, too early: nothing was taken, nothing is wrong with the content. */
const transient = new Set([408, 421, 425]);
/** Content too large, address too long, wrong type: the content's fault whoever says so. */
const tooMuch = new Set([413, 414, 415]);

/** An answer from something before the platform: it tells about the way there, never about the account or the content. */
function ofStranger({ status, headers, text }: Answer, now: Instant): Setback {
  const detail = `${status}, not in the platform's own format: ${excerpt(text)}`;
  if (status === 429) return { kind: 'throttled', until: retryAt(headers, now), scope: 'app', detail };
  if (tooMuch.has(status)) return { kind: 'refused', detail };
  if (status >= 500) return { kind: 'uncertain', detail };
  if (status >= 400) return { kind: 'unavailable', detail };
  return ofRedirect(status);
}

/** A redirect after a write is not followed. 302 and 303 may mean "done, look there". */
function ofRedirect(status: number): Setback {
  const detail = `${status}: answered with a redirect`;
  return status === 302 || status === 303 ? { kind: 'uncertain', detail } : { kind: 'unavailable', detail };
}

/** JSON or undefined. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
