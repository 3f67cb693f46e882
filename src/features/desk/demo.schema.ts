import { z } from 'zod';

export const DemoAgain = z.object({ posts: z.int().meta({ description: 'How many posts were planned.' }) }).meta({ id: 'DemoAgain' });
