/** Each alone. Those Twilio knows (https://help.twilio.com/articles/223134027), and what Italians write. */
const stops = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'BASTA', 'CANCELLA', 'CANCELLAMI', 'ALT']);
const starts = new Set(['START', 'UNSTOP', 'INIZIA']);
/** Unmistakable also with a word or two after them: "stop sms", "basta grazie". */
const firm = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'BASTA']);
const MOST_WORDS = 3;
/** Of messages, and no: "stop non scrivetemi", "stop sending me these". */
const about = new Set(['NON', 'NO', 'PIÙ', 'PIU', 'SMS', 'MESSAGGI', 'MESSAGGIO', 'PUBBLICITÀ', 'SPAM', 'FAVORE', 'PLEASE', 'MESSAGE', 'MESSAGES', 'TEXTS', 'TEXTING', 'SENDING', 'MESSAGING', 'WRITING']);
/** Set apart by a mark or a line of its own: "STOP, e buona giornata a tutti". Not "non-stop", nor "stop-over". */
const apart = /^[^\p{L}\p{N}]*[\p{L}\p{N}]+\s*[.,;:!\n\r]/u;

/** What an SMS that somebody sent us asks for; null = it is talk. */
export function wishOf(text: string): 'stop' | 'start' | null {
  const words = text.normalize('NFC').toUpperCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const [first = ''] = words;
  if (words.length === 1) return stops.has(first) ? 'stop' : starts.has(first) ? 'start' : null;
  if (!firm.has(first)) return null;
  return words.length <= MOST_WORDS || apart.test(text) || words.some((word) => about.has(word)) ? 'stop' : null;
}
