import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

export const AuditEntry = z
  .object({
    id: z.string(),
    actor: z.object({ kind: z.enum(['user', 'key', 'system', 'operator']), id: z.string(), name: z.string() }),
    action: z.string().meta({ description: 'What was done, e.g. `post.cancelled`.' }),
    subject: z.string(),
    subjectId: z.string(),
    details: z.record(z.string(), z.unknown()),
    at: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof AuditEntry>;

export const AuditPage = pageOf('AuditPage', AuditEntry);

export const AuditQuery = PageQuery.extend({
  subject: z.string().max(50).optional().meta({ description: 'Only entries on this kind of thing, e.g. `post`.' }),
  subjectId: z.string().max(100).optional(),
});
export type AuditQuery = z.output<typeof AuditQuery>;
