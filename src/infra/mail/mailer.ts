export interface Mail {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  /** The part before the `@`: the same for every try of the same mail, so that a mail that arrives twice shows once. */
  readonly id: string;
}

/** `refused`: this mail to this address will never go. `unavailable`: the server could not take it now, or we do not know whether it did. */
export type MailResult = { readonly kind: 'sent' } | { readonly kind: 'refused' | 'unavailable'; readonly detail: string };

/** Sends mail; the Nest token of it too. */
export abstract class Mailer {
  /** False without SMTP_URL: people are told in the app only. */
  abstract readonly isOn: boolean;

  /** Never throws. */
  abstract send(mail: Mail): Promise<MailResult>;

  /** For `doctor`: null when the server lets us in, else what is wrong. */
  abstract check(): Promise<string | null>;

  abstract close(): void;
}

export class NoMailer extends Mailer {
  readonly isOn = false;

  async send(): Promise<MailResult> {
    return { kind: 'refused', detail: 'SMTP_URL is not set' };
  }

  async check(): Promise<string | null> {
    return 'SMTP_URL is not set';
  }

  close(): void {
    // nothing is open
  }
}
