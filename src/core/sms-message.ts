import { type UtmRule, withUtm } from './utm.js';
import { cleanSms, type CleanSms, sizeOfSms, type SmsSize, textOfSms } from './sms.js';

/** Stands where each recipient has a link of their own. */
const LINK = '{link}';

/** How to get no more of them: by an answer, where there can be one; a name as the sender takes none. */
const wayOut = {
  answer: { en: 'No more? Reply STOP', it: 'Non ne vuoi più? Rispondi STOP' },
  link: { en: `No more: ${LINK}`, it: `Basta SMS: ${LINK}` },
} as const;

export interface ToSay {
  readonly text: string;
  readonly link: { readonly url: string } | null;
  /** Where it can be read whole; null = nowhere. */
  readonly pageLink: string | null;
  /** How its link is marked; what stands in the text goes out as it was written. */
  readonly utm: UtmRule | null;
  /** Of the post, for the marks. */
  readonly postId: string;
  readonly language: 'en' | 'it';
  /** People can answer it. */
  readonly isAnswerable: boolean;
  /** As long as each recipient's link is. */
  readonly sampleLink: string;
}

export interface SmsSaid extends CleanSms {
  readonly wayOut: string;
  /** Of the whole message, way out included. */
  readonly size: SmsSize;
}

/** @param from a name, as the sender @param gateway whether it writes from a number when no name is given; null = of a demo */
export const canAnswer = (from: string | null, gateway: { readonly hasNumber: boolean } | null): boolean => from === null && (gateway?.hasNumber ?? true);

export function smsOf({ text, link, pageLink, utm, postId, language, isAnswerable, sampleLink }: ToSay): SmsSaid {
  const clean = cleanSms(textOfSms({ text, link: link ?? (pageLink === null ? null : { url: pageLink }) }, (url) => withUtm(url, utm, postId)));
  const after = wayOut[isAnswerable ? 'answer' : 'link'][language];
  return { ...clean, wayOut: after, size: sizeOfSms(messageOf(clean.text, after, sampleLink)) };
}

/** What one person gets. */
export function messageOf(text: string, after: string, link: string): string {
  return `${text}\n${after.replace(LINK, link)}`;
}
