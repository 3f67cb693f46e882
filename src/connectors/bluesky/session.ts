import { z } from 'zod';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { World } from '../connector.js';
import { readJson } from '../http.js';
import { ServerAddress } from '../origin.js';
import type { Account } from './account.js';
import { Tokens } from './answers.js';
import { type Ask, asking, procedure, type Told, xrpcUrl } from './xrpc.js';

/** What the channel keeps, sealed: the two tokens, and where the account's data lives. */
const Session = z.object({
  /** Whose it is: another handle or server in the account's settings makes it worthless. */
  owner: z.string(),
  did: z.string(),
  handle: z.string(),
  /** Origin of the account's own server; behind bsky.social each account lives on one of many. */
  pds: z.string(),
  accessJwt: z.string(),
  refreshJwt: z.string(),
});
export type Session = z.output<typeof Session>;

export type Opened = { readonly kind: 'session'; readonly session: Session } | Setback;

/** Renewed this long before it runs out, so that it lasts through the request. */
const MARGIN_MS = MINUTE_MS;
/** How the platform says that a token no longer holds: with 400, not 401. */
const staleCodes: ReadonlySet<string | null> = new Set(['ExpiredToken', 'InvalidToken']);

class Refusal extends Error {
  constructor(readonly setback: Setback) {
    super(setback.detail);
  }
}

/** The session as it is kept, renewed if it is missing or about to run out. Never logs in while a refresh token holds. */
export async function openSession(account: Account, world: World): Promise<Opened> {
  const kept = parsed(await world.session.read(), account);
  return kept !== null && !isRunningOut(kept, world.now()) ? { kind: 'session', session: kept } : renew(kept, account, world);
}

/**
 * Runs an authorised exchange; if the platform says that the token no longer holds, renews the session and runs it once
 * more: such an answer is given before anything is done.
 */
export async function withSession<T>(account: Account, world: World, exchange: (session: Session, ask: Ask) => Promise<Told<T>>): Promise<Told<T>> {
  const opened = await openSession(account, world);
  if (opened.kind !== 'session') return { answer: opened, code: null };
  const run = (session: Session): Promise<Told<T>> => exchange(session, asking(world, [account.appPassword, session.accessJwt, session.refreshJwt]));
  const first = await run(opened.session);
  if (!staleCodes.has(first.code)) return first;
  const renewed = await renew(opened.session, account, world);
  return renewed.kind === 'session' ? run(renewed.session) : { answer: renewed, code: null };
}

/** `stale`: the session that no longer holds. Whoever comes second under the lock takes what the first one got. */
async function renew(stale: Session | null, account: Account, world: World): Promise<Opened> {
  try {
    const stored = await world.session.renew(async (current) => {
      const now = parsed(current, account);
      if (now !== null && current !== null && now.accessJwt !== stale?.accessJwt && !isRunningOut(now, world.now())) return current;
      return JSON.stringify((now === null ? null : await refresh(now, account, world)) ?? (await logIn(account, world)));
    });
    return { kind: 'session', session: Session.parse(JSON.parse(stored)) };
  } catch (error) {
    if (error instanceof Refusal) return error.setback;
    throw error;
  }
}

/** Null when the refresh token is spent or revoked. https://docs.bsky.app/docs/api/com-atproto-server-refresh-session */
async function refresh({ refreshJwt }: Session, account: Account, world: World): Promise<Session | null> {
  const url = xrpcUrl(account.service, 'com.atproto.server.refreshSession');
  const sending = { method: 'POST', visible: false, headers: { authorization: `Bearer ${refreshJwt}` } };
  const { answer, code } = await asking(world, [refreshJwt, account.appPassword])(url, sending, readTokens);
  if (answer.kind === 'tokens') return sessionOf(answer.tokens, account);
  if (staleCodes.has(code)) return null;
  throw new Refusal(answer);
}

/** 30 in 5 min and 300 a day are allowed. https://docs.bsky.app/docs/api/com-atproto-server-create-session */
async function logIn(account: Account, world: World): Promise<Session> {
  const { identifier, appPassword, service } = account;
  const sending = { ...procedure({ identifier: identifier.replace(/^@/, ''), password: appPassword }), visible: false };
  const { answer } = await asking(world, [appPassword])(xrpcUrl(service, 'com.atproto.server.createSession'), sending, readTokens);
  if (answer.kind === 'tokens') return sessionOf(answer.tokens, account);
  throw new Refusal(answer);
}

async function readTokens(response: Response): Promise<{ readonly kind: 'tokens'; readonly tokens: Tokens }> {
  return { kind: 'tokens', tokens: await readJson(response, Tokens) };
}

function sessionOf({ did, handle, accessJwt, refreshJwt, didDoc }: Tokens, account: Account): Session {
  return { owner: ownerOf(account), did, handle, pds: pdsOf(didDoc) ?? new URL(account.service).origin, accessJwt, refreshJwt };
}

const DidDoc = z.object({ service: z.array(z.object({ id: z.string(), serviceEndpoint: z.unknown() })) });

/** https://atproto.com/specs/did#did-documents: the service `#atproto_pds`. */
function pdsOf(didDoc: unknown): string | null {
  const services = DidDoc.safeParse(didDoc).data?.service ?? [];
  const address = ServerAddress.safeParse(services.find(({ id }) => id.endsWith('#atproto_pds'))?.serviceEndpoint);
  return address.success ? new URL(address.data).origin : null;
}

function parsed(text: string | null, account: Account): Session | null {
  if (text === null) return null;
  try {
    const session = Session.parse(JSON.parse(text));
    return session.owner === ownerOf(account) ? session : null;
  } catch {
    return null; // kept by another version: log in again
  }
}

function ownerOf({ identifier, service }: Account): string {
  return `${identifier.toLowerCase()} at ${new URL(service).origin}`;
}

/** Reads the expiry of a JWT without verifying it; a token that cannot be read is used until the platform refuses it. */
function isRunningOut({ accessJwt }: Session, now: Instant): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(accessJwt.split('.')[1] ?? '', 'base64url').toString());
    const { data } = z.object({ exp: z.number() }).safeParse(claims);
    return data !== undefined && data.exp * SECOND_MS - MARGIN_MS <= now;
  } catch {
    return false;
  }
}
