import { z } from 'zod';
import { PhoneNumber } from './gateway.schema.js';

export const MyPhone = z
  .object({
    phone: PhoneNumber.nullable(),
    callMe: z.enum(['never', 'unanswered', 'at-once']).meta({
      description: 'When posts whose hour counts are in danger and are yours: not by telephone; once half of your time to answer the letter is over; together with the letter.',
    }),
  })
  .meta({ id: 'MyPhone' });
export type MyPhone = z.output<typeof MyPhone>;

export const PutMyPhone = MyPhone.partial({ callMe: true }).meta({ id: 'PutMyPhone', description: 'Without `callMe` that stays as it is, which is `never` to begin with; without a number it is `never`.' });
export type PutMyPhone = z.output<typeof PutMyPhone>;
