import { z } from 'zod';

const Language = z.enum(['en', 'it']);
const Role = z.enum(['owner', 'manager', 'editor', 'viewer']);

export const Email = z.email().max(254).meta({ description: 'Compared without regard to case.' });
export const PersonName = z.string().trim().min(1).max(100);
/** https://pages.nist.gov/800-63-4/sp800-63b.html#password: length counts, not kinds of characters. */
export const Password = z.string().min(12).max(200).meta({ description: 'At least 12 characters; any will do.' });

export const Membership = z.object({ workspaceId: z.string(), name: z.string(), kind: z.enum(['live', 'demo']), role: Role }).meta({ id: 'Membership' });

export const Me = z
  .object({
    id: z.string(), email: z.string(), name: z.string(), language: Language,
    operator: z.boolean().meta({ description: 'The operator of this installation: a right of its own, outside workspaces.' }),
    hasPassword: z.boolean(),
    workspaces: z.array(Membership),
  })
  .meta({ id: 'Me' });
export type Me = z.output<typeof Me>;

export const MeChange = z
  .object({ name: PersonName.optional(), language: Language.optional(), email: Email.optional(), password: z.string().max(200).optional().meta({ description: 'The present one; needed for another e-mail, if one is set.' }) })
  .meta({ id: 'MeChange' });
export type MeChange = z.output<typeof MeChange>;

export const PasswordChange = z
  .object({ current: z.string().max(200).optional().meta({ description: 'Left out if none was set, or within 15 minutes of signing in by a link.' }), next: Password })
  .meta({ id: 'PasswordChange' });
export type PasswordChange = z.output<typeof PasswordChange>;

export const SignIn = z.object({ email: z.string().trim().min(1).max(254), password: z.string().min(1).max(200) }).meta({ id: 'SignIn' });
export type SignIn = z.output<typeof SignIn>;

export const Session = z
  .object({ id: z.string(), agent: z.string(), createdAt: z.string(), seenAt: z.string(), expiresAt: z.string(), current: z.boolean() })
  .meta({ id: 'Session' });
export type Session = z.output<typeof Session>;
export const SessionList = z.object({ items: z.array(Session) }).meta({ id: 'SessionList' });
