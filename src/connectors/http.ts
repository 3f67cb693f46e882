import type { Outcome, Setback } from '../core/outcome.js';

/** Why an exchange broke, and whether the platform may have seen it. Thrown by `world.fetch`, and only this. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    /**
     * `claim-too-old`: over a third of the lease went by before the connection was open: let go.
     * `guard`: the address guard refused the host. `offline`: control names do not resolve either, or no route anywhere.
     */
    readonly kind: 'connect' | 'dns' | 'tls' | 'timeout' | 'reset' | 'too-large' | 'aborted' | 'claim-too-old' | 'guard' | 'offline',
    /** True once the first byte of the request was written. */
    readonly sent: boolean,
    message: string,
  ) {
    super(message);
  }
}

/**
 * What a broken exchange means (DESIGN §5): before the first byte `unavailable` or `local`, after it `uncertain`.
 * For reads (`visible: false`) nothing is ever uncertain.
 */
export function outcomeOfError(error: unknown, visible: boolean): Exclude<Outcome, { kind: 'delivered' }> {
  if (!(error instanceof TransportError)) {
    return { kind: visible ? 'uncertain' : 'local', detail: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown error' };
  }
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
