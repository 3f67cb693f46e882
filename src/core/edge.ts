/** Networks in front of many platforms that name themselves in every answer they pass on or give. */
export const edges = ['cloudflare', 'fastly', 'cloudfront', 'akamai', 'google'] as const;
export type Edge = (typeof edges)[number];

/** For people. */
export const edgeNames: Readonly<Record<Edge, string>> = {
  cloudflare: 'Cloudflare', fastly: 'Fastly', cloudfront: 'Amazon CloudFront', akamai: 'Akamai', google: 'Google Frontend',
};

interface Headers {
  get(name: string): string | null;
}

/**
 * By which marks each is known:
 * - Cloudflare: `cf-ray`, `server: cloudflare` (https://developers.cloudflare.com/fundamentals/reference/http-headers/)
 * - Fastly: `x-served-by: cache-<datacenter>…`, `x-fastly-request-id` (https://www.fastly.com/documentation/reference/http/http-headers/X-Served-By/)
 * - CloudFront: `x-amz-cf-id`, `x-cache: … from cloudfront` (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html)
 * - Akamai: `server: AkamaiGHost`, on what it answers itself; what it passes on keeps the host's own (https://techdocs.akamai.com/property-mgr/docs)
 * - Google: `server: Google Frontend` (https://cloud.google.com/appengine/docs/legacy/standard/python/how-requests-are-handled)
 */
const marks: Readonly<Record<Edge, readonly (readonly [header: string, says: RegExp])[]>> = {
  cloudflare: [['cf-ray', /./], ['server', /^cloudflare\b/i]],
  fastly: [['x-served-by', /(?:^|,\s*)cache-[a-z]/i], ['x-fastly-request-id', /./]],
  cloudfront: [['x-amz-cf-id', /./], ['x-cache', /\bcloudfront\b/i]],
  akamai: [['server', /^AkamaiGHost\b/i]],
  google: [['server', /^Google Frontend\b/i]],
};

/** Through which of them an answer came; null = through none that names itself. Of two in a row the first of `edges`. */
export function edgeOf(headers: Headers): Edge | null {
  return edges.find((edge) => marks[edge].some(([header, says]) => says.test(headers.get(header) ?? ''))) ?? null;
}

/**
 * Cloudflare's words for "the host behind me is at fault": down, unreachable, too slow, no TLS
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 */
const hostsFault = new Set([520, 521, 522, 523, 524, 525, 526]);

/** As an exchange ended. `text`: the body as it came. */
export interface EdgeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * The edge that gave this answer itself: a 5xx that carries its mark and is not in an API's format. null = no edge, or
 * the API spoke through it: what is JSON comes from the API, whatever passed it on.
 */
export function edgeAtFault({ status, headers, text }: EdgeAnswer): Edge | null {
  if (status < 500 || hostsFault.has(status) || isJson(text)) return null;
  return edgeOf(headers);
}

/** An object or a list; a bare word or number is no API's answer. */
function isJson(text: string): boolean {
  try {
    const body = JSON.parse(text) as unknown;
    return typeof body === 'object' && body !== null;
  } catch {
    return false;
  }
}
