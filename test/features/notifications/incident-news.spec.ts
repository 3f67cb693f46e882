import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { IncidentNewsService } from '../../../src/features/notifications/incident-news.service.js';
import { TeamLettersService } from '../../../src/features/notifications/team-letters.service.js';
import type { TakenFact } from '../../../src/infra/facts/fact-takers.js';

describe('Who is to be asked is looked for at once', () => {
  it.each([
    ['incident.opened', 1],
    ['incident.changed', 1], // a first letter may wait for what has joined
    ['delivery.waiting', 0],
  ] as const)('after %s: %i times', async (kind, times) => {
    let rings = 0;
    const escalation: EscalationService = Object.create(EscalationService.prototype, { ring: { value: () => (rings += 1) } });
    const fact: TakenFact = { id: '1', at: new Date(0), kind, workspaceId: 'w', subjectId: 'i', payload: {} };
    await new IncidentNewsService(escalation, Object.create(TeamLettersService.prototype)).follow({} as EntityManager, [fact]);
    expect(rings).toBe(times);
  });
});
