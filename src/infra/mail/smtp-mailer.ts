import { createTransport, type Transporter } from 'nodemailer';
import { registerSecret, scrub } from '../scrub.js';
import { type Mail, Mailer, type MailResult } from './mailer.js';

const timeoutMs = 20_000;

/** Through the server of SMTP_URL. `?from=` in it is the sender's address; left out, the user's, if that is an address. */
export class SmtpMailer extends Mailer {
  readonly isOn = true;
  readonly from: string;
  private readonly transport: Transporter;

  constructor(smtpUrl: string) {
    super();
    const url = new URL(smtpUrl);
    const user = decodeURIComponent(url.username);
    if (url.password !== '') registerSecret(decodeURIComponent(url.password));
    this.from = url.searchParams.get('from') ?? (user.includes('@') ? user : `postern@${url.hostname}`);
    url.searchParams.delete('from');
    this.transport = createTransport({
      url: url.href, pool: true, maxConnections: 2, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs,
    } as object);
  }

  async send({ to, subject, text, id }: Mail): Promise<MailResult> {
    try {
      await this.transport.sendMail({
        from: { name: 'Postern', address: this.from },
        to,
        subject,
        text,
        messageId: `<${id}@${this.from.split('@').at(-1) ?? 'postern'}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { kind: 'sent' };
    } catch (error) {
      const { responseCode, command } = error as { responseCode?: number; command?: string };
      const detail = scrub(String(error)).slice(0, 500);
      // 5xx to the recipient or the text is about this mail; 5xx to the greeting or the password is about us.
      const isFinal = (responseCode ?? 0) >= 500 && command !== undefined && /^(RCPT TO|DATA)$/.test(command);
      return { kind: isFinal ? 'refused' : 'unavailable', detail };
    }
  }

  async check(): Promise<string | null> {
    return this.transport.verify().then(() => null, (error: unknown) => scrub(String(error)));
  }

  close(): void {
    this.transport.close();
  }
}
