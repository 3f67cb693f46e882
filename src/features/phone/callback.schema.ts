import { z } from 'zod';

/** Twilio's forms as they come: what is in them is believed once the signature is, and read then. */
export const CallbackFields = z.record(z.string().max(200), z.unknown()).meta({
  id: 'PhoneCallback', description: 'Twilio: its form. A gateway of one’s own: `{ref, status, id?, detail?, to?}` to `status`, `{id, from, text}` to `incoming`, signed: docs/phone.md.',
});
export const CallbackQuery = z.object({ ref: z.string().max(200).optional() });
export const CallbackToken = z.string().regex(/^[\w-]{20,64}$/);

export const HttpStatus = z.object({
  ref: z.string().min(1).max(200),
  status: z.enum(['sent', 'delivered', 'failed', 'opted-out']),
  id: z.string().max(200).nullish(),
  detail: z.string().max(2_000).nullish(),
  to: z.string().max(40).nullish().meta({ description: 'Needed with `opted-out` of what was no message of ours.' }),
});

export const HttpIncoming = z.object({ id: z.string().min(1).max(200), from: z.string().max(40), text: z.string().max(10_000) });
