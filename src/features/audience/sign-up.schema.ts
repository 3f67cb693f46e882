import { z } from 'zod';

/** The field no person sees and programs fill in. */
export const HONEYPOT = 'company_fax';

const line = z.string().trim().max(200);

/** What the form sends, ours or one on any page. Anything else in it is left aside: other people's forms hold other fields. */
export const SignUpBody = z.object({
  address: z.string().max(320).default('').catch(''),
  name: line.default('').catch(''),
  language: z.enum(['en', 'it']).optional().catch(undefined),
  consent: z.string().optional().catch(undefined),
  [HONEYPOT]: z.string().optional().catch('filled in twice'),
});
export type SignUpBody = z.output<typeof SignUpBody>;
