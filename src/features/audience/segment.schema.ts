import { z } from 'zod';
import { pageOf } from '../../infra/http/page.schema.js';
import { Tag } from './tag.schema.js';

const condition = {
  tag: z.strictObject({ kind: z.literal('tag'), tag: Tag }),
  noTag: z.strictObject({ kind: z.literal('no-tag'), tag: Tag }),
  language: z.strictObject({ kind: z.literal('language'), language: z.enum(['en', 'it']) }),
  joinedAfter: z.strictObject({ kind: z.literal('joined-after'), at: z.iso.datetime({ offset: true }) }),
  joinedBefore: z.strictObject({ kind: z.literal('joined-before'), at: z.iso.datetime({ offset: true }) }),
};

export const SegmentCondition = z
  .discriminatedUnion('kind', [condition.tag, condition.noTag, condition.language, condition.joinedAfter, condition.joinedBefore])
  .meta({ id: 'SegmentCondition', description: 'Joined: when the subscription was confirmed.' });
export type SegmentCondition = z.output<typeof SegmentCondition>;

export const SegmentRule = z
  .strictObject({ match: z.enum(['all', 'any']).meta({ description: 'Whether all conditions must fit, or one.' }), conditions: z.array(SegmentCondition).min(1).max(20) })
  .meta({ id: 'SegmentRule', example: { match: 'all', conditions: [{ kind: 'tag', tag: 'milano' }] } });
export type SegmentRule = z.output<typeof SegmentRule>;

const fields = { name: z.string().trim().min(1).max(100), rule: SegmentRule };

export const Segment = z.object({ id: z.string(), listId: z.string(), ...fields, version: z.int(), createdAt: z.string() }).meta({ id: 'Segment' });
export type Segment = z.output<typeof Segment>;
export const SegmentPage = pageOf('SegmentPage', Segment);

export const CountedSegment = Segment.extend({ people: z.int().meta({ description: 'Whom it reaches now.' }) }).meta({ id: 'CountedSegment' });
export type CountedSegment = z.output<typeof CountedSegment>;

export const NewSegment = z.strictObject(fields).meta({ id: 'NewSegment' });
export type NewSegment = z.output<typeof NewSegment>;

export const SegmentChange = z
  .strictObject({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...fields })
  .partial({ name: true, rule: true })
  .meta({ id: 'SegmentChange' });
export type SegmentChange = z.output<typeof SegmentChange>;

export const SegmentTry = z.strictObject({ rule: SegmentRule }).meta({ id: 'SegmentTry' });
export const SegmentCount = z.object({ people: z.int() }).meta({ id: 'SegmentCount' });
