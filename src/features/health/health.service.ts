import { Injectable } from '@nestjs/common';
import type { Verdict } from '../../core/verdict.js';

/** The detector's port: what is said of a component. Until there is a detector, every component counts as up (docs/decisions). */
@Injectable()
export class HealthService {
  /** Asked for every delivery: answers from memory, never from the database. */
  verdict(_componentId: string): Verdict {
    return { state: 'up', impaired: false };
  }
}
