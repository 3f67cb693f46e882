import { Readable } from 'node:stream';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { mailOutcome, type MailOutcome } from '../../core/broadcast.js';
import { scrub } from '../../infra/scrub.js';
import type { MailServer } from './mail-server.js';

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

export interface MailResult {
  readonly outcome: MailOutcome | 'let-go';
  readonly code: number | null;
  /** The server's words, or what broke. */
  readonly detail: string | null;
  /** It refuses our sign-in or our sender, whoever is written to. */
  readonly isOurs: boolean;
}

export interface LaneTimes {
  /** Of each step, ms. */
  readonly stepMs: number;
  /** Of one mail, connection included, ms. */
  readonly mailMs: number;
}

interface SmtpFault extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/**
 * One connection to a mail server, one mail at a time. Not nodemailer's pool, but what that pool is made of: so that we know
 * which mail is where, and that a mail's text leaves only after its intent is on the disk.
 */
export class SmtpLane {
  private connection: SMTPConnection | null = null;
  private carried = 0;
  private readonly opening: SMTPConnectionOptions;

  constructor(
    private readonly server: MailServer,
    private readonly address: () => Promise<string>,
    private readonly times: LaneTimes,
  ) {
    const { port, secure, hostname } = server;
    this.opening = {
      port, secure, servername: hostname, connectionTimeout: times.stepMs, greetingTimeout: times.stepMs, socketTimeout: times.stepMs, logger: false,
    };
  }

  /**
   * Sends one mail; never throws. Sender and recipient are told while `granted` is on its way; the text waits for it, and false
   * (or a failure) lets the mail go unsent.
   */
  async send(envelope: Envelope, raw: Buffer, granted: Promise<boolean>): Promise<MailResult> {
    const isUsed = this.connection !== null && this.carried > 0;
    const result = await this.attempt(envelope, raw, granted);
    // Servers close a connection after some mails, or when it was idle: that says nothing of this one.
    return isUsed && result.outcome === 'away' && !result.isOurs ? this.attempt(envelope, raw, granted) : result;
  }

  private async attempt(envelope: Envelope, raw: Buffer, granted: Promise<boolean>): Promise<MailResult> {
    granted.catch(() => undefined); // a mail that never gets so far does not ask
    let body: Body | null = null;
    let expired = false;
    let giveUp: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (giveUp = reject));
    late.catch(() => undefined);
    const limit = setTimeout(() => {
      expired = true;
      this.close();
      giveUp(new Error('no answer')); // a connection that we close ourselves tells nobody
    }, this.times.mailMs);
    try {
      const connection = await Promise.race([this.open(), late]);
      const text = new Body(raw, granted);
      body = text;
      const sent = new Promise<void>((resolve, reject) => {
        connection.send({ from: envelope.from, to: envelope.to, size: raw.length, use8BitMime: false }, text, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([sent, late]);
      this.carried += 1;
      return { outcome: 'sent', code: 250, detail: null, isOurs: false };
    } catch (error) {
      return await this.failed(error as SmtpFault, body, expired);
    } finally {
      clearTimeout(limit);
    }
  }

  close(): void {
    this.connection?.close();
    this.connection = null;
  }

  private async failed(error: SmtpFault, body: Body | null, expired: boolean): Promise<MailResult> {
    const code = error.responseCode ?? null;
    const begun = body?.begun ?? false;
    const isOurs = code !== null && code >= 500 && (body === null || error.command === 'MAIL FROM');
    const detail = scrub(expired ? `no answer within ${Math.round(this.times.mailMs / 1_000)} s` : error.message).slice(0, 500);
    // An answer to this mail leaves the connection as good as it was.
    if (code === null || code === 421 || begun || body === null || !(await this.reset())) this.close();
    if (body?.letGo === true) return { outcome: 'let-go', code: null, detail: null, isOurs: false };
    return { outcome: mailOutcome({ begun, code, ours: body === null || error.command === 'MAIL FROM' }), code, detail, isOurs };
  }

  private async reset(): Promise<boolean> {
    const { connection } = this;
    return connection !== null && new Promise((resolve) => connection.reset((error) => resolve(!error)));
  }

  private async open(): Promise<SMTPConnection> {
    if (this.connection !== null) return this.connection;
    const { user, pass } = this.server;
    const connection = new SMTPConnection({ ...this.opening, host: await this.address(), ...(pass !== null && !this.server.secure && { requireTLS: this.isStrict() }) });
    this.connection = connection;
    this.carried = 0;
    connection.once('end', () => {
      if (this.connection === connection) this.connection = null;
    });
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject); // while a mail is under way its own callback has the same error
      connection.connect((error) => (error ? reject(error) : resolve()));
      connection.once('end', () => reject(new Error('the server closed the connection')));
    });
    if (user !== null && pass !== null) {
      await new Promise<void>((resolve, reject) => connection.login({ user, pass, credentials: { user, pass } }, (error) => (error ? reject(error) : resolve())));
    }
    return connection;
  }

  /** A password goes over an encrypted connection, unless the server is this machine. */
  private isStrict(): boolean {
    return !['localhost', '127.0.0.1', '::1'].includes(this.server.hostname);
  }
}

/** A mail's text. It is asked for when the server said that it takes it (354), and not before. */
class Body extends Readable {
  /** Some of it may have left. */
  begun = false;
  letGo = false;

  constructor(
    private readonly raw: Buffer,
    private readonly granted: Promise<boolean>,
  ) {
    super({ highWaterMark: 1 });
  }

  override _read(): void {
    if (this.begun) return;
    this.granted.then(
      (isGranted) => {
        if (this.destroyed) return;
        if (!isGranted) return this.yieldUp();
        this.begun = true;
        this.push(this.raw);
        this.push(null);
      },
      () => this.yieldUp(),
    );
  }

  private yieldUp(): void {
    this.letGo = true;
    this.destroy(new Error('let go'));
  }
}
