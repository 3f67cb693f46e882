import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PhoneWay } from '../../../src/infra/phone/phone-answer.js';
import { outgoing, serving } from '../http/loopback.js';
import { pointers, twilioCheck } from './twilio-spec.js';

const check = twilioCheck();
export const accountSid = `AC${'0a'.repeat(16)}`;
export const serviceSid = `MG${'0b'.repeat(16)}`;
export const authToken = 'fedcba9876543210fedcba9876543210';

/** What the next request meets; `lost`: taken, and the answer never comes. */
export type TwilioFault =
  | { readonly kind: 'error'; readonly status: number; readonly code: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'lost' | 'hang' | 'cut' };

interface Kept {
  readonly sid: string;
  readonly what: 'Messages' | 'Calls';
  readonly form: Readonly<Record<string, string>>;
  readonly at: number;
}

/** Twilio's API on loopback with one account. Checks what it is asked and what it answers against Twilio's own description. */
export class FakeTwilio {
  readonly kept: Kept[] = [];
  readonly requests: string[] = [];
  /** One each, in order; then all is well. */
  readonly faults: TwilioFault[] = [];
  /** Numbers that wrote STOP. */
  readonly stopped = new Set<string>();
  /** Faults of the fake's own checks: to be empty. */
  readonly slips: string[] = [];

  private constructor(readonly now: () => number) {}

  /** Use `closeAll` of the loopback kit afterwards. `way` leads requests to api.twilio.com here, and no others anywhere. */
  static async open(now: () => number = () => Date.now()): Promise<{ fake: FakeTwilio; way: PhoneWay }> {
    const fake = new FakeTwilio(now);
    const { url } = await serving((request, response, body) => fake.#answer(request, response, body));
    const out = outgoing();
    const way: PhoneWay = {
      fetch: (terms) => (address, init) => out.fetch(terms)(String(address).replace(/^https:\/\/api\.twilio\.com/, url), init),
    };
    return { fake, way };
  }

  texts(): readonly string[] {
    return this.kept.map(({ form }) => `${form['To']}: ${form['Body'] ?? form['Twiml']}`);
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    try {
      this.#serve(request, response, body);
    } catch (error) {
      this.slips.push(String(error));
      response.writeHead(500).end('slip');
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(request.url ?? '', 'http://twilio');
    this.requests.push(`${request.method} ${url.pathname}`);
    const say = (status: number, answer: unknown, headers: Readonly<Record<string, string>> = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer));
    const refuse = (status: number, code: number, message = 'No.', headers: Readonly<Record<string, string>> = {}): void => say(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);
    const fault = this.faults.shift();
    if (fault?.kind === 'error') return refuse(fault.status, fault.code, fault.message, fault.headers);
    if (fault?.kind === 'page') return void response.writeHead(fault.status, { 'content-type': 'text/html' }).end('<html><body><h1>We will be right back</h1></body></html>');
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (request.headers.authorization !== `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`) return refuse(401, 20_003, 'Authenticate');
    const what = /^\/2010-04-01\/Accounts\/[^/]+\/(Messages|Calls)\.json$/.exec(url.pathname)?.[1] as Kept['what'] | undefined;
    if (what === undefined || !url.pathname.includes(accountSid)) return refuse(404, 20_404, 'The requested resource was not found');
    if (request.method === 'GET') return say(200, this.#list(url.searchParams));
    const form = Object.fromEntries(new URLSearchParams(body));
    check?.(pointers.asked(what), { ...form });
    if (this.stopped.has(form['To'] ?? '')) return refuse(400, 21_610, 'Attempt to send to unsubscribed recipient');
    const made: Kept = { sid: `${what === 'Calls' ? 'CA' : 'SM'}${randomBytes(16).toString('hex')}`, what, form, at: this.now() };
    this.kept.push(made);
    if (fault?.kind === 'lost') return;
    say(201, shown(made));
  }

  #list(query: URLSearchParams): unknown {
    const of = this.kept.filter(({ what, form }) => what === 'Messages' && form['To'] === query.get('To')).toReversed();
    const list = { messages: of.slice(0, Number(query.get('PageSize') ?? 50)).map(shown), page: 0, page_size: 50 };
    check?.(pointers.list, structuredClone(list));
    return list;
  }
}

function shown({ sid, what, form, at }: Kept): Readonly<Record<string, unknown>> {
  const date = new Date(at).toUTCString().replace('GMT', '+0000');
  const common = { sid, account_sid: accountSid, api_version: '2010-04-01', date_created: date, date_updated: date, direction: 'outbound-api', from: form['From'] ?? null, to: form['To'] ?? null, price: null, price_unit: 'USD', status: 'queued' };
  const answer = what === 'Calls' ? common : {
    ...common, body: form['Body'], date_sent: null, error_code: null, error_message: null, messaging_service_sid: form['MessagingServiceSid'] ?? null, num_media: '0', num_segments: '1',
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
  };
  check?.(what === 'Calls' ? pointers.call : pointers.message, structuredClone(answer));
  return answer;
}
