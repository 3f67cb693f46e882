import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

/** Why somebody gets nothing. */
export const suppressionReasons = ['unsubscribed', 'bounced', 'complained', 'stop', 'erased', 'person'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

const kind = z.enum(['email', 'phone']);

export const Suppression = z
  .object({
    id: z.string(),
    clientId: z.string().nullable().meta({ description: 'Null: nobody of the workspace writes there.' }),
    kind,
    address: z.string().nullable().meta({ description: 'Normalised. Null for an erased person: only a hash is kept.' }),
    reason: z.enum(suppressionReasons),
    detail: z.string().nullable(),
    at: z.string(),
  })
  .meta({ id: 'Suppression' });
export type Suppression = z.output<typeof Suppression>;
export const SuppressionPage = pageOf('SuppressionPage', Suppression);

export const SuppressionQuery = PageQuery.extend({
  clientId: z.uuid().optional().meta({ description: 'Of this client, and of the whole workspace.' }),
  reason: z.enum(suppressionReasons).optional(),
  address: z.string().max(320).optional().meta({ description: 'Of exactly this address, in any spelling.' }),
});
export type SuppressionQuery = z.output<typeof SuppressionQuery>;

const why = z.string().trim().min(1).max(500).meta({ description: 'In a person’s words; it stands in the audit log.' });

export const NewSuppressionBody = z
  .strictObject({
    clientId: z.uuid().nullable().default(null),
    kind,
    address: z.string().min(1).max(320).meta({ example: 'anna@example.com' }),
    why,
  })
  .meta({ id: 'NewSuppression' });
export type NewSuppressionBody = z.output<typeof NewSuppressionBody>;

export const LiftedQuery = z.object({ why });
