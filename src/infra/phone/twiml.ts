import { plain } from '../http/xml.js';
import type { Call } from './gateway.js';

/** https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource: of the parameter Twiml. */
const MOST_CHARS = 4_000;

const voices: Readonly<Record<Call['language'], string>> = { en: 'en-GB', it: 'it-IT' };

/** What is read aloud, twice, with a breath in between; null = longer than Twilio takes. https://www.twilio.com/docs/voice/twiml/say */
export function twimlOf({ text, language }: Pick<Call, 'text' | 'language'>): string | null {
  const say = `<Say language="${voices[language]}">${escaped(plain(text))}</Say>`;
  const twiml = `<Response>${say}<Pause length="2"/>${say}</Response>`;
  return twiml.length > MOST_CHARS ? null : twiml;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
