import type { letterSubjects } from './letter.schema.js';

export interface Address {
  readonly name: string;
  readonly address: string;
}

/** One mail to one person, written down before it goes. */
export interface Letter {
  /** null = the installation's own. */
  readonly workspaceId: string | null;
  /** What it is about and whom it tells, e.g. `notice:<id>:<user>`: written twice, it is one letter. */
  readonly once: string;
  readonly about: (typeof letterSubjects)[number];
  readonly to: Address;
  /** The member; left out, it goes to a client's contact, and never by a road that carries members' letters only. */
  readonly userId?: string;
  readonly mail: LetterMail;
  /** What did not go by then does not go any more: it would be no news, or come in the night. Left out: 10 hours from now. */
  readonly until?: Date;
}

export interface LetterMail {
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  /** May show the logo as `<img src="cid:logo">`; if it cannot be had, that image is taken out. */
  readonly html?: string;
  /** Left out: Postern. */
  readonly fromName?: string;
  readonly replyTo?: Address;
  readonly logo?: { readonly mediaId: string };
  /** The plan of a client, made when the letter goes; if it cannot be had, the letter goes without it. */
  readonly attachment?: { readonly clientId: string; readonly reader: 'team' | 'client' };
}
