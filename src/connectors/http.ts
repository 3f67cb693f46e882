import { z } from 'zod';
import { excerpt } from '../core/excerpt.js';
import type { Found, Outcome, Setback } from '../core/outcome.js';
import { type FetchInit, TransportError } from '../core/transport.js';
import { classify, type Dialect } from './classify.js';
import type { Probe, World } from './connector.js';

export { TransportError } from '../core/transport.js';

/** The platform answered, but not what its documentation promises. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

export interface Sending extends FetchInit {
  readonly dialect: Dialect;
  /** People see what this request does: then a broken answer is `uncertain`. Default: every method but GET and HEAD. */
  readonly visible?: boolean;
  /** Further values that must not stand in a detail; the Authorization header's are struck out anyway. */
  readonly secrets?: readonly string[];
}

/**
 * One exchange: sends, classifies what is not 2xx (classify.ts), and hands a 2xx answer to `read`. Never throws.
 * What `read` throws (an answer that is not JSON, or not of the expected shape) is the platform's fault:
 * `uncertain` after a visible request, else `unavailable`.
 */
export async function send<T>(
  world: Pick<World, 'fetch' | 'now'>,
  url: string | URL,
  sending: Sending,
  read: (response: Response) => T | Promise<T>,
): Promise<T | Setback> {
  const { dialect, visible = !isRead(sending.method), secrets = [], ...init } = sending;
  const setback = (raw: Setback): Setback => veiled(settled(raw, visible), [...secrets, ...credentials(init.headers)]);

  let response: Response;
  try {
    response = await world.fetch(url, init);
  } catch (error) {
    return setback(outcomeOfError(error, visible));
  }
  try {
    if (response.ok) return await read(response);
    return setback(classify({ status: response.status, headers: response.headers, text: await response.text() }, dialect, world.now()));
  } catch (error) {
    if (isAnswerFault(error)) return setback({ kind: 'uncertain', detail: messageOf(error) });
    return setback(outcomeOfError(error, visible));
  }
}

/**
 * The answer's JSON, through its schema.
 * @throws UnexpectedAnswer when it is HTML, cut off, or of another shape.
 */
export async function readJson<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new UnexpectedAnswer(`${response.status}, but not JSON: ${excerpt(text)}`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UnexpectedAnswer(`${response.status}, but not as documented: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

/**
 * Asks without credentials whether the API answers in its own format: `isOwn` sees the parsed body and the status.
 * 4xx in that format is good; 5xx, HTML and silence are faults.
 */
export async function probeJson(
  world: Pick<World, 'fetch' | 'now'>,
  url: string,
  isOwn: (body: unknown, status: number) => boolean,
): Promise<Probe> {
  const startedAt = world.now();
  try {
    const response = await world.fetch(url, { headers: { accept: 'application/json' }, timeoutMs: probeTimeoutMs });
    const body = await readJson(response, z.unknown());
    if (response.status >= 500 || !isOwn(body, response.status)) return { kind: 'fault', detail: `${response.status}, not the API's own answer` };
    return { kind: 'ok', latencyMs: world.now() - startedAt };
  } catch (error) {
    if (isAnswerFault(error)) return { kind: 'fault', detail: messageOf(error) };
    const { kind, detail } = setbackOfError(error);
    return kind === 'local' ? { kind, detail } : { kind: 'fault', detail };
  }
}

/**
 * A write nobody sees (connector.ts, `shadow`). Good is a 2xx that `isOwn` knows. What a platform has against the asker
 * (too fast, not allowed, not like that) says nothing of how it takes posts.
 */
export async function shadowJson(
  world: Pick<World, 'fetch' | 'now'>,
  url: string,
  { dialect, body }: { readonly dialect: Dialect; readonly body: unknown },
  isOwn: (body: unknown) => boolean,
): Promise<Probe> {
  const startedAt = world.now();
  const sending = { dialect, visible: false, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), timeoutMs: probeTimeoutMs };
  const said = await send(world, url, sending, async (response): Promise<Probe> =>
    isOwn(await readJson(response, z.unknown())) ? { kind: 'ok', latencyMs: world.now() - startedAt } : { kind: 'fault', detail: `${response.status}, not the API's own answer` });
  if (said.kind === 'ok' || said.kind === 'fault') return said;
  return { kind: said.kind === 'unavailable' || said.kind === 'uncertain' ? 'fault' : 'local', detail: said.detail };
}

/** DESIGN §7. */
const probeTimeoutMs = 5_000;

/** A look that failed concludes nothing. */
export function unknownOf(setback: Setback): Extract<Found, { kind: 'unknown' }> {
  return { kind: 'unknown', detail: `${setback.kind}: ${setback.detail}`.slice(0, 500) };
}

/**
 * What a broken exchange means (DESIGN §5): before the first byte `unavailable` or `local`, after it `uncertain`.
 * For reads (`visible: false`) nothing is ever uncertain.
 */
export function outcomeOfError(error: unknown, visible: boolean): Exclude<Outcome, { kind: 'delivered' }> {
  if (!(error instanceof TransportError)) return { kind: visible ? 'uncertain' : 'local', detail: messageOf(error) };
  const detail = error.message.slice(0, 500);
  if (error.sent && visible) return { kind: 'uncertain', detail };
  switch (error.kind) {
    case 'claim-too-old':
    case 'guard':
    case 'offline':
    case 'aborted':
      return { kind: 'local', detail };
    case 'connect':
    case 'dns':
    case 'tls':
    case 'timeout':
    case 'reset':
    case 'too-large':
      return { kind: 'unavailable', detail };
  }
}

/** For exchanges nobody sees. */
export function setbackOfError(error: unknown): Setback {
  return outcomeOfError(error, false);
}

function isRead(method = 'GET'): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** A read is repeated at will, so what it does not know it simply does not have. */
function settled(setback: Setback, visible: boolean): Setback {
  return setback.kind === 'uncertain' && !visible ? { kind: 'unavailable', detail: setback.detail } : setback;
}

function isAnswerFault(error: unknown): boolean {
  return error instanceof UnexpectedAnswer || error instanceof z.ZodError || error instanceof SyntaxError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown error';
}

function credentials(headers: Readonly<Record<string, string>> = {}): string[] {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return authorization === undefined ? [] : authorization.split(' ').slice(-1);
}

function veiled(setback: Setback, secrets: readonly string[]): Setback {
  const veil = secrets.filter((secret) => secret.length >= 4).reduce((text, secret) => text.replaceAll(secret, '•••'), setback.detail);
  return { ...setback, detail: veil.slice(0, 500) };
}
