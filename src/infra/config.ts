import { z } from 'zod';

const roles = ['api', 'worker', 'watch'] as const;

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()).filter(Boolean));
const url = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
    error: `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });
const hostname = (text: string): string => new URL(text).hostname;
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** The environment, parsed once (DESIGN §9). The same names work from a `.env` file. */
const Environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number('must be a port number, 0 to 65535').int().min(0).max(65_535).default(3000),
  DATA_DIR: z.string().min(1).default('data'),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  REDIS_URL: url('redis', 'rediss').optional(),
  /** Seals credentials. At least 32 characters; made and kept in DATA_DIR when not set. */
  APP_SECRET: z.string().min(32, 'must be at least 32 characters long').optional(),
  PUBLIC_URL: url('http', 'https').optional(),
  /** Public pages and media, on an origin of their own. */
  PUBLIC_SITE_URL: url('http', 'https').optional(),
  SMTP_URL: url('smtp', 'smtps').optional(),
  /** Another provider, for letters that SMTP_URL does not take. */
  SECOND_ROAD_URL: url('smtp', 'smtps', 'https').optional(),
  TRUST_PROXY: flag.default(false),
  HEARTBEAT_URL: url('http', 'https').optional(),
  CONTROL_TARGETS: list.pipe(z.array(url('http', 'https'))).default(['https://one.one.one.one', 'https://dns.google', 'https://www.wikipedia.org', 'https://www.debian.org']),
  /** Hosts on private or loopback addresses that connectors and webhooks may speak to. */
  ALLOW_HOSTS: list.default([]),
  ROLES: list.pipe(z.array(z.enum(roles, `must name roles out of ${roles.join(', ')}`)).min(1)).default([...roles]),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Opens /metrics to others than loopback, as a bearer token. */
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters long').optional(),
}).refine(({ PUBLIC_URL, PUBLIC_SITE_URL }) => PUBLIC_SITE_URL === undefined || (PUBLIC_URL !== undefined && hostname(PUBLIC_SITE_URL) !== hostname(PUBLIC_URL)), {
  path: ['PUBLIC_SITE_URL'],
  // Cookies know no ports: another port alone is no wall.
  error: 'needs PUBLIC_URL beside it, and has another host name than that',
}).refine(({ SMTP_URL, SECOND_ROAD_URL }) => SECOND_ROAD_URL === undefined || (SMTP_URL !== undefined && hostname(SMTP_URL) !== hostname(SECOND_ROAD_URL)), {
  path: ['SECOND_ROAD_URL'],
  error: 'needs SMTP_URL beside it, and is of another provider: another host name than that',
});

export type Config = Readonly<z.output<typeof Environment>>;

/** Nest token of the parsed environment. */
export const CONFIG = Symbol('config');

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment. Empty variables count as unset.
 * @throws ConfigError with one sentence per wrong variable.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`).join('\n'));
}
