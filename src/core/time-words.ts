/**
 * Words that are true at one time only, so that late they are wrong (DESIGN §8): today, tomorrow, weekdays, dates,
 * hours, last hours. In Italian and English, the languages of the house. Rather one too many than one too few: all it
 * costs is a person's glance.
 */
const weekdays = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday|luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica';
const months =
  'january|february|march|april|may|june|july|august|september|october|november|december|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre';
const inWords =
  'today|tonight|tonite|noon|(?:at|until|by|after) midnight|tomorrow|yesterday|this (?:morning|afternoon|evening|weekend|week)|right now|live now|last (?:hours?|minutes?|days?|day|chance)|(?:only|just) \\d+ (?:hours?|days?|minutes?) left|ends? (?:soon|tonight|today)|next (?:week|weekend|month)|in (?:an|a|one|two|three|\\d+) (?:hours?|minutes?|days?|weeks?)|happy hour'
  + '|oggi|stasera|stanotte|stamattina|stamani|domani|dopodomani|ieri|questa (?:sera|mattina|settimana)|questo (?:pomeriggio|weekend|fine settimana)|(?:ultim[ae]|ancora poche) ore|ultim[io] (?:minuti|giorni|giorno)|ultima (?:occasione|chance)|(?:fra|tra) (?:un[’\']ora|un giorno|poco|(?:due|tre|\\d+) (?:ore|minuti|giorni|settimane))|entro (?:oggi|stasera)|(?:a|da|dopo|entro|per) mezz(?:anotte|ogiorno)|nel (?:weekend|fine settimana)|prossim[ao] (?:settimana|weekend|mese|fine settimana)|(?:settimana|mese) prossim[ao]|in diretta|adesso|proprio ora|scade';
const hours = '(?:[01]?\\d|2[0-3]):[0-5]\\d(?: ?(?:am|pm))?|(?:1[0-2]|[1-9])(?:[.:][0-5]\\d)? ?(?:am|pm)|(?:(?:d?alle )?ore|d?alle|h) ?(?:[01]?\\d|2[0-3])(?:[.:][0-5]\\d)?';
const dates = `\\d{1,2}(?:st|nd|rd|th|°|º)? (?:of )?(?:${months})|(?:${months}) \\d{1,2}(?:st|nd|rd|th)?|(?:0?[1-9]|[12]\\d|3[01])/(?:0?[1-9]|1[0-2])(?:/\\d{2,4})?|\\d{4}-\\d{2}-\\d{2}`;

// Not \b: an accented letter is no word character for it.
const timeWord = new RegExp(`(?<![\\p{L}\\p{N}.,€$/])(?:${inWords}|${weekdays}|${dates}|${hours})(?![\\p{L}\\p{N}/%€])`, 'iu');

/** The first word of time in a text, as it stands there; null = the text is as true tomorrow. Links are not read. */
export function timeWordIn(text: string): string | null {
  return timeWord.exec(text.replace(/https?:\/\/\S+/gi, ' '))?.[0] ?? null;
}

/** Of all that is said, in order. */
export function timeWordOf(texts: readonly string[]): string | null {
  for (const text of texts) {
    const word = timeWordIn(text);
    if (word !== null) return word;
  }
  return null;
}
