import { TransportError, type TransportFault } from '../../core/transport.js';

interface SystemError extends Error {
  readonly code?: string;
  readonly errors?: readonly SystemError[];
}

const noName = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'EAI_NONAME']);
/** No way out at all, or no socket left here: it is us. */
const noRoute = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'EACCES', 'EPERM']);
const tooLarge = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
const tls = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/;

/** No route to that network: ours is gone, or the platform's; whoever knows the control names can tell. */
export class NoRoute extends TransportError {
  constructor(host: string) {
    super('offline', false, `${sentences.offline(host)} (ENETUNREACH)`);
  }
}

/** Names what broke; `dns` and a `NoRoute` may still turn out to be `offline` (the caller knows the control names). */
export function faultOf(error: unknown, sent: boolean, host: string): TransportError {
  if (error instanceof TransportError) return error;
  const cause = error as SystemError;
  const codes = (cause.errors ?? [cause]).map((one) => one.code ?? '');
  const code = codes.find((one) => one !== '') ?? cause.name;
  if (!sent && codes.length > 0 && codes.every((one) => one === 'ENETUNREACH')) return new NoRoute(host);
  const kind = kindOf(codes, sent);
  return new TransportError(kind, sent, `${sentences[kind](host)} (${code})`);
}

function kindOf(codes: readonly string[], sent: boolean): TransportFault {
  if (codes.some((code) => tooLarge.has(code))) return 'too-large';
  if (sent) return 'reset';
  if (codes.some((code) => noName.has(code))) return 'dns';
  if (codes.every((code) => noRoute.has(code))) return 'offline';
  if (codes.some((code) => tls.test(code))) return 'tls';
  // Our own request cannot be written: nothing went out, and no platform is to blame.
  if (codes.includes('UND_ERR_INVALID_ARG')) return 'guard';
  return 'connect';
}

const sentences: Readonly<Record<TransportFault, (host: string) => string>> = {
  connect: (host) => `${host} takes no connection`,
  dns: (host) => `${host} does not resolve`,
  tls: (host) => `no safe connection to ${host}`,
  timeout: (host) => `no answer from ${host} in time`,
  reset: (host) => `the connection to ${host} broke after the request was begun`,
  'too-large': (host) => `${host} answers more than we read`,
  aborted: (host) => `the request to ${host} was given up`,
  'claim-too-old': (host) => `the claim was too old when the connection to ${host} was open`,
  guard: (host) => `the request to ${host} cannot be made`,
  offline: (host) => `no way from here to ${host}`,
};

/** A fault that we found ourselves. */
export function fault(kind: TransportFault, sent: boolean, host: string): TransportError {
  return new TransportError(kind, sent, sentences[kind](host));
}
