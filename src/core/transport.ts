/** `fetch`, as far as a connector needs it. Throws only `TransportError`; answers once the whole body is read. */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Blob | FormData | URLSearchParams;
  /** Of the whole exchange, in ms; the kit's default is under half the lease. */
  readonly timeoutMs?: number;
}

export type TransportFault =
  /** Refused, unreachable, or no connection in time. */
  | 'connect'
  /** The platform's name does not resolve while a control name does. */
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'reset'
  /** The answer is longer than we read. */
  | 'too-large'
  /** The caller's signal. */
  | 'aborted'
  /** Over a third of the lease went by before the connection was open: let go (DESIGN §6.3). */
  | 'claim-too-old'
  /** The address guard, or a URL that cannot be asked at all. */
  | 'guard'
  /** Control names do not resolve either, or no route anywhere: it is us. */
  | 'offline';

/** Why an exchange broke, and whether the platform may have seen it. The message holds no query and no credential. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly kind: TransportFault,
    /** True once the first byte of the request was written. */
    readonly sent: boolean,
    message: string,
  ) {
    super(message);
  }
}
