import { moneyIn } from '../../core/money.js';
import type { Language } from '../../infra/http/problem.js';
import type { OpenGateway } from './gateways.service.js';
import type { Obstacle } from './sms-problems.js';
import type { Budget } from './spending.service.js';

export interface Money {
  readonly minor: number;
  readonly currency: string;
}

export interface Refusal {
  readonly obstacle: Obstacle;
  readonly params: Readonly<Record<string, string>>;
}
export const no = (obstacle: Obstacle, params: Readonly<Record<string, string>> = {}): Refusal => ({ obstacle, params });

/** Whether anything could leave at all; of a demo nothing does, and nothing stands in its way. */
export function roadObstacle(open: Pick<OpenGateway, 'isTold'> | null, kind: 'live' | 'demo'): 'no-gateway' | 'not-public' | null {
  if (kind === 'demo') return null;
  if (open === null) return 'no-gateway';
  return open.isTold ? null : 'not-public';
}

/** null = there is enough left of the month's limit. */
export function overCap({ capMinor, leftMinor }: Budget, { minor, currency }: Money, language: Language): Refusal | null {
  if (capMinor === 0) return no('no-cap');
  return minor <= leftMinor ? null : no('over-cap', { cost: moneyIn(language, { minor, currency }), left: moneyIn(language, { minor: leftMinor, currency }) });
}
