import { z } from 'zod';
import { Email, PersonName } from './user.schema.js';

export const MemberRole = z
  .enum(['owner', 'manager', 'editor', 'viewer'])
  .meta({ id: 'Role', description: 'Each may do all that the ones after it may; managers manage editors and viewers.' });

export const Member = z
  .object({
    userId: z.string(), email: z.string(), name: z.string(), role: MemberRole, createdAt: z.string(),
    awayUntil: z.string().nullable().meta({ description: 'On no duty before this: `PUT /members/:userId/away`.' }),
    joined: z.boolean().meta({ description: 'False until the invited person has signed in once.' }),
  })
  .meta({ id: 'Member' });
export type Member = z.output<typeof Member>;
export const MemberList = z.object({ items: z.array(Member) }).meta({ id: 'MemberList' });

export const Invitation = z
  .object({ email: Email, name: PersonName, role: MemberRole, language: z.enum(['en', 'it']).optional() })
  .meta({ id: 'Invitation' });
export type Invitation = z.output<typeof Invitation>;

export const Invited = z
  .object({
    member: Member,
    link: z.string().nullable().meta({
      description: 'A one-time sign-in link, good for 72 hours and shown only here: hand it to the person. Null for somebody who has an account already; they sign in as usual.',
    }),
  })
  .meta({ id: 'Invited' });
export type Invited = z.output<typeof Invited>;

export const RoleChange = z.object({ role: MemberRole }).meta({ id: 'RoleChange' });
