import { z } from 'zod';
import { cleanSms, sizeOfSms, SMS_TEXT_AT_MOST, textOfSms } from '../../core/sms.js';
import type { Limits } from '../connector.js';
import { emptyViolations, lengthViolations, mediaViolations } from '../violations.js';

/** There is nothing only an SMS knows. */
export const Options = z.object({});

export const limits: Limits = {
  maxText: SMS_TEXT_AT_MOST,
  measure,
  maxMedia: 0,
  mediaTypes: {},
  maxParts: 1,
  check: (content) => [
    ...(content.link === null ? emptyViolations({ ...content, media: [] }) : []),
    ...lengthViolations(measure(textOfSms(content)), SMS_TEXT_AT_MOST),
    ...mediaViolations(content.media, { maxMedia: 0, mediaTypes: {}, maxAlt: 0 }),
  ],
};

/** Units, after the clean-up: € and most emoji are two. */
function measure(text: string): number {
  return sizeOfSms(cleanSms(text).text).units;
}
