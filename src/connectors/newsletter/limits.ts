import { z } from 'zod';
import { countGraphemes } from '../text.js';
import type { Limits, Violation } from '../connector.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** What only a newsletter knows of a post. */
export const Options = z.object({
  /** Left out: the first line of the text. */
  subject: z.string().trim().min(1).max(150).optional(),
  /** What a mailbox shows beside the subject. */
  preheader: z.string().trim().max(200).optional(),
  /** A template of the client's; left out: ours. */
  template: z.uuid().optional(),
});
export type Options = z.output<typeof Options>;

/** Gmail cuts a mail off after 102 kB; with our frame around it this many characters stay below it. */
const MAX_TEXT = 20_000;
const MB = 1_000_000;
/** What every mail program shows. They are fetched from us and do not travel in the mail. */
const mediaTypes = { 'image/jpeg': 5 * MB, 'image/png': 5 * MB, 'image/gif': 5 * MB };
const rules = { maxMedia: 10, mediaTypes, maxAlt: 2_000 };

export const limits: Limits = {
  maxText: MAX_TEXT,
  measure: countGraphemes,
  maxMedia: rules.maxMedia,
  mediaTypes,
  maxParts: 1,
  check: (content) => [
    ...(content.link === null ? emptyViolations(content) : []),
    ...lengthViolations(countGraphemes(content.text), MAX_TEXT),
    ...mediaViolations(content.media, rules),
    ...optionViolations(content.options),
  ],
};

function optionViolations(options: unknown): readonly Violation[] {
  const parsed = Options.safeParse(options);
  return parsed.success ? [] : [{ code: 'option-invalid', params: { option: String(parsed.error.issues[0]?.path[0] ?? 'options') } }];
}
