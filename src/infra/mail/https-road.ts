import { registerSecret, scrub } from '../scrub.js';
import { type Parcel, type ProbeResult, probeFailure, type Road, type RoadResult } from './road.js';

const checkMs = 10_000;

/** An address the operator named; redirects are not followed. */
type CallRoad = (url: string, init: RequestInit) => Promise<Response>;
const call: CallRoad = (url, init) => fetch(url, init);

/**
 * A POST of `{to, subject, text}` as JSON, with the user part of the URL as bearer token: a chat, a pager, another mail
 * service. Not made for clients: who reads along there is the agency's own affair.
 */
export class HttpsRoad implements Road {
  readonly kind = 'https';
  readonly carriesClients = false;
  readonly lanes = 4;
  readonly from = null;
  readonly host: string;
  private readonly url: string;
  private readonly token: string;

  constructor(
    readonly place: Road['place'],
    address: string,
    private readonly ask: CallRoad = call,
  ) {
    const url = new URL(address);
    this.token = decodeURIComponent(url.username);
    if (this.token !== '') registerSecret(this.token);
    url.username = '';
    url.password = '';
    this.url = url.href;
    this.host = url.host;
  }

  async send({ id, to, subject, text }: Parcel, signal: AbortSignal): Promise<RoadResult> {
    try {
      const { status, body } = await this.ask(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json', 'user-agent': 'Postern', 'message-id': `<${id}>`, 'idempotency-key': id,
          ...(this.token !== '' && { authorization: `Bearer ${this.token}` }),
        },
        body: JSON.stringify({ to: to.address, subject, text }),
        redirect: 'manual',
        signal,
      });
      await body?.cancel();
      // A wrong address or token here is no fault of the mail: the other road may still take it.
      return status >= 200 && status < 300 ? { kind: 'sent' } : { kind: 'unavailable', detail: `${this.host} answered ${status}` };
    } catch (error) {
      return { kind: 'unavailable', detail: scrub(String((error as Error).cause ?? error)).slice(0, 500) };
    }
  }

  async probe(signal: AbortSignal): Promise<ProbeResult> {
    try {
      const { status, body } = await this.ask(this.url, { method: 'HEAD', redirect: 'manual', signal });
      await body?.cancel();
      return status < 500 ? { kind: 'ok' } : { kind: 'failed', detail: `${this.host} answered ${status}` };
    } catch (error) {
      return probeFailure(error);
    }
  }

  async check(): Promise<string | null> {
    const result = await this.probe(AbortSignal.timeout(checkMs));
    return result.kind === 'ok' ? null : result.detail;
  }

  close(): void {
    // each request is one of its own
  }
}
