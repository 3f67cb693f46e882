import { z } from 'zod';

/** How every refusal looks (RFC 9457). Some carry further members, named in their sentence. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: 'urn:postern:problem:input-invalid' }),
    title: z.string(),
    status: z.number().int(),
    code: z.string().meta({ description: 'For programs; never changes its meaning.', example: 'input-invalid' }),
    detail: z.string().meta({ description: 'For people, in their language: what is wrong and what to do.' }),
    instance: z.string().meta({ description: 'The address that was asked.' }),
    correlationId: z.string().meta({ description: 'By this the matter is found in the log.' }),
    errors: z
      .array(z.object({ in: z.string(), field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each field that is not valid, and why.' }),
  })
  .meta({ id: 'Problem' });
