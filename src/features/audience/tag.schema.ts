import { z } from 'zod';

/** A word about a subscriber, on one list. Case does not tell two apart. */
export const Tag = z.string().trim().toLowerCase().normalize('NFC').min(1).max(60).meta({ example: 'milano' });
/** What one subscription carries at most. */
export const MOST_TAGS = 30;
