import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type TransportError, type TransportFault } from '../../core/transport.js';
import { decoded, headersOf, WholeAnswer } from './outgoing-answer.js';
import type { Body } from './outgoing-body.js';
import { fault, faultOf } from './outgoing-fault.js';

export interface Exchanging {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body['content'];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Asked on the open connection right before the first byte; true = let go. */
  readonly isTooOld: () => boolean;
}

/**
 * One request and its whole answer. Rejects with TransportError only.
 * The request is written at most once: undici calls `onRequestStart` synchronously before it writes to an open socket,
 * fresh or kept alive, and a second call of it for the same request is refused here.
 */
export function exchange(dispatcher: Dispatcher, exchanging: Exchanging): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(exchanging, resolve, reject);
    const { url, method, headers, body } = exchanging;
    try {
      dispatcher.dispatch(
        { origin: url.origin, path: url.pathname + url.search, method, headers, body: body as Dispatcher.DispatchOptions['body'] & {} },
        handler,
      );
    } catch (error) {
      handler.onResponseError(null, error);
    }
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  #sent = false;
  #settled = false;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #bytes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#giveUp('aborted');

  constructor(
    private readonly of: Exchanging,
    private readonly resolve: (answer: WholeAnswer) => void,
    private readonly reject: (error: TransportError) => void,
  ) {
    this.#timer = setTimeout(() => this.#giveUp('timeout'), of.timeoutMs);
    of.signal?.addEventListener('abort', this.#onAbort);
    if (of.signal?.aborted) this.#giveUp('aborted');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(fault('aborted', false, this.of.url.host));
    else if (this.#sent) this.#giveUp('reset');
    else if (this.of.isTooOld()) this.#giveUp('claim-too-old');
    else this.#sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (this.of.method !== 'HEAD' && Number(headers['content-length']) > this.of.maxBytes) this.#giveUp('too-large');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.of.maxBytes) this.#giveUp('too-large');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const whole = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const headers = headersOf(this.#headers);
    const encoding = headers.get('content-encoding');
    if (encoding === null) return this.#answer(headers, whole);
    decoded(whole, encoding, this.of.maxBytes).then(
      (plain) => this.#answer(headers, plain),
      (error: unknown) => this.onResponseError(null, error),
    );
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    const found = faultOf(error, this.#sent, this.of.url.host);
    // A process that was stopped meanwhile must not blame the platform for the time that went by.
    const isOurs = !this.#sent && found.kind !== 'guard' && this.of.isTooOld();
    if (this.#settle()) this.reject(isOurs ? fault('claim-too-old', false, this.of.url.host) : found);
  }

  #answer(headers: Headers, bytes: Buffer): void {
    if (this.#settle()) this.resolve(new WholeAnswer(this.#status, headers, bytes));
  }

  #giveUp(kind: TransportFault): void {
    const error = fault(kind, this.#sent, this.of.url.host);
    this.onResponseError(null, error);
    this.#controller?.abort(error);
  }

  /** True the first time. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.of.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
