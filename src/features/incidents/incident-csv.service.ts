import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import { csvOf } from '../../infra/csv.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { Decision, DecisionOutcome } from './decision.schema.js';
import { DecisionsService, type Wanted } from './decisions.service.js';

const headers: readonly Sentence[] = [
  { en: 'client', it: 'cliente' }, { en: 'planned', it: 'previsto' }, { en: 'zone', it: 'fuso' }, { en: 'platform', it: 'piattaforma' },
  { en: 'channel', it: 'canale' }, { en: 'text', it: 'testo' }, { en: 'outcome', it: 'esito' }, { en: 'published at', it: 'pubblicato il' },
  { en: 'link', it: 'link' }, { en: 'reason', it: 'motivo' },
];

/** What became of a post, in a word or two. */
const outcomeNames: Readonly<Record<DecisionOutcome, Sentence>> = {
  waiting: { en: 'waiting', it: 'in attesa' },
  published: { en: 'published', it: 'pubblicato' },
  'published-late': { en: 'published late', it: 'pubblicato in ritardo' },
  'by-hand': { en: 'posted by hand', it: 'pubblicato a mano' },
  rerouted: { en: 'went out elsewhere', it: 'uscito altrove' },
  missed: { en: 'missed', it: 'mancato' },
  failed: { en: 'failed', it: 'non riuscito' },
  dropped: { en: 'dropped', it: 'scartato' },
  moved: { en: 'moved', it: 'spostato' },
};

/** The evidence of an incident as a spreadsheet. */
@Injectable()
export class IncidentCsv {
  constructor(private readonly decisions: DecisionsService) {}

  /** Times as the client's clocks show them. */
  async of(workspaceId: string, incidentId: string, wanted: Wanted): Promise<string> {
    const decisions = await this.decisions.list(workspaceId, incidentId, wanted);
    const rows = [headers.map((header) => header[wanted.language]), ...decisions.map((decision) => cellsOf(decision, wanted.language))];
    return csvOf(rows, wanted.language);
  }
}

function cellsOf(decision: Decision, language: Language): readonly string[] {
  const { clientName, plannedAt, zone, platform, channelName, text, outcome, publishedAt, url, outlook } = decision;
  const time = (iso: string | null): string => (iso === null ? '' : DateTime.fromISO(iso, { zone }).toFormat('yyyy-MM-dd HH:mm'));
  return [clientName, time(plannedAt), zone, platform, channelName, text, outcomeNames[outcome][language], time(publishedAt), url ?? '', outlook];
}
