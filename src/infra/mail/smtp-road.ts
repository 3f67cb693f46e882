import { createTransport } from 'nodemailer';
import { registerSecret, scrub } from '../scrub.js';
import { greeting } from './greeting.js';
import type { Parcel, ProbeResult, Road, RoadResult } from './road.js';

/** Of each step; the whole try is limited by its signal. */
const timeoutMs = 15_000;
/** What providers allow from one sender. */
const lanes = 10;

/** Through a mail server. `?from=` in its URL is the sender's address; left out, the user's, if that is an address. */
export class SmtpRoad implements Road {
  readonly kind = 'smtp';
  readonly carriesClients = true;
  readonly lanes = lanes;
  readonly host: string;
  readonly from: string;
  private readonly url: URL;
  private readonly transport: ReturnType<typeof makeTransport>;

  constructor(
    readonly place: Road['place'],
    smtpUrl: string,
  ) {
    const url = new URL(smtpUrl);
    const user = decodeURIComponent(url.username);
    if (url.password !== '') registerSecret(decodeURIComponent(url.password));
    this.from = url.searchParams.get('from') ?? (user.includes('@') ? user : `postern@${url.hostname}`);
    url.searchParams.delete('from');
    this.url = url;
    this.host = ['', '25', '465', '587'].includes(url.port) ? url.hostname : url.host;
    this.transport = makeTransport(url.href);
  }

  async send(parcel: Parcel, signal: AbortSignal): Promise<RoadResult> {
    const { id, to, subject, text, html, fromName, replyTo } = parcel;
    try {
      await this.transport.sendMail({
        from: { name: fromName, address: this.from },
        to, subject, text, signal,
        ...(html !== undefined && { html }),
        ...(replyTo && { replyTo }),
        attachments: attachmentsOf(parcel),
        messageId: `<${id}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { kind: 'sent' };
    } catch (error) {
      return failure(error as SmtpError);
    }
  }

  probe(signal: AbortSignal): Promise<ProbeResult> {
    return greeting(this.url, signal);
  }

  async check(): Promise<string | null> {
    return this.transport.verify().then(() => null, (error: unknown) => scrub(String(error)));
  }

  close(): void {
    this.transport.close();
  }
}

function attachmentsOf({ logo, attachment }: Parcel) {
  return [
    ...(logo ? [{ content: logo.content, contentType: logo.mime, cid: 'logo', filename: `logo.${logo.mime.split('/').at(-1) ?? 'png'}`, contentDisposition: 'inline' as const }] : []),
    ...(attachment ? [{ content: attachment.content, contentType: attachment.mime, filename: attachment.name }] : []),
  ];
}

function makeTransport(url: string) {
  return createTransport({
    url, pool: true, maxConnections: lanes, maxRequeues: 1, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs,
  });
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** What the server says of the recipient or the text is about this mail; what it says to the greeting or the password is about us. */
function failure(error: SmtpError): RoadResult {
  const { code, responseCode = 0, command = '' } = error;
  const detail = scrub(String(error)).slice(0, 500);
  if (responseCode === 421) return { kind: 'unavailable', detail }; // https://www.rfc-editor.org/rfc/rfc5321#section-4.2.2: it is closing
  if (/^(RCPT TO|DATA)$/.test(command) && responseCode >= 400) return { kind: responseCode >= 500 ? 'refused' : 'later', detail };
  // An address that is none is never written to the server.
  if (code === 'EENVELOPE' && command === 'API') return { kind: 'refused', detail };
  return { kind: 'unavailable', detail };
}
