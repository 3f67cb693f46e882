/** An SMS as a gateway takes it. */
export interface Sms {
  /** E.164: +393331234567. */
  readonly to: string;
  /** A number in E.164, or a name of at most 11 letters and digits; null = the gateway's own. */
  readonly from: string | null;
  /** Cleaned already (core/sms.ts). */
  readonly text: string;
  /** Ours, unique: comes back with what the gateway tells of it later. */
  readonly ref: string;
  /** After this it is worth nothing, ms; null = the gateway's own limit. */
  readonly deadlineAt: number | null;
}

/** A call that reads a text aloud, twice. */
export interface Call {
  readonly to: string;
  readonly text: string;
  readonly language: 'en' | 'it';
  readonly ref: string;
}

/**
 * `opted-out`: this number wants nothing of us. `refused`: this one to this number will never go. `account`: the gateway lets us
 * not in, or our sender, or its own address, is not allowed: nothing goes. `throttled` and `unavailable`: certainly not taken. `uncertain`: it may be out.
 * `local`: we have no way out ourselves.
 */
export type PhoneResult =
  | { readonly kind: 'accepted'; readonly remoteId: string | null }
  | { readonly kind: 'opted-out' | 'refused' | 'account' | 'unavailable' | 'uncertain' | 'local'; readonly detail: string }
  | { readonly kind: 'throttled'; readonly until: number | null; readonly detail: string };

/** `unknown`: it could not be asked now. `unclear`: it answered, and nobody can tell by that. */
export type PhoneFound = { readonly kind: 'found'; readonly remoteId: string } | { readonly kind: 'absent' } | { readonly kind: 'unknown' | 'unclear'; readonly detail: string };

export type PhoneProbe = { readonly kind: 'ok' } | { readonly kind: 'failed' | 'local'; readonly detail: string };

/** The way to telephones. None of it throws. `ageMs`: how old the claim is under which it goes; over 20 s nothing leaves, and the result is `local`. */
export interface PhoneGateway {
  readonly kind: 'twilio' | 'http';
  /** With its port, where that is an unusual one. */
  readonly host: string;
  send(sms: Sms, signal: AbortSignal, ageMs?: () => number): Promise<PhoneResult>;
  /** Was it taken? Absent where the gateway cannot be asked. @param since nothing older than this, ms */
  find?(sms: Sms, since: number, signal: AbortSignal): Promise<PhoneFound>;
  /** Absent where the gateway reads nothing aloud. */
  call?(call: Call, signal: AbortSignal, ageMs?: () => number): Promise<PhoneResult>;
  /** Does it answer at all? Sends no credential. */
  probe(signal: AbortSignal): Promise<PhoneProbe>;
}
