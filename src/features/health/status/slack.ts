import { z } from 'zod';
import { entriesOf, jsonOf, maybeList, maybeText, meaningOf, textOrNumber } from './body.js';
import { keysOf, type Reading } from './report.js';
import { timeOf } from './times.js';
import { plainTitle, plainWords, webAddress } from './words.js';

const Body = z.object({ status: z.string(), active_incidents: z.array(z.unknown()) });
const Incident = z.object({
  id: textOrNumber, title: maybeText, type: maybeText, status: maybeText, url: maybeText, date_created: maybeText, date_updated: maybeText,
  services: z.array(z.string()).nullish(), notes: maybeList,
});
const Note = z.object({ body: maybeText, date_created: maybeText });
const pages = { ok: 'operational', active: 'active' } as const;
const types = { outage: 'major', incident: 'minor', notice: 'none' } as const;
const stages = { active: 'open', resolved: 'over', completed: 'over', cancelled: 'over', scheduled: 'announced' } as const;

/** Slack: /api/v2.0.0/current. https://api.slack.com/docs/slack-status */
export function readSlack(text: string): Reading {
  const body = jsonOf(text, Body);
  const doubts: string[] = [];
  const page = meaningOf(body.status, pages, { what: 'the page', doubts });
  const entries = entriesOf(body.active_incidents, Incident, { what: 'an incident', doubts })
    .map((entry) => ({ ...entry, stage: meaningOf(entry.status, stages, { what: 'an incident', doubts }), services: entry.services ?? [] }));
  if (page === 'active' && body.active_incidents.length === 0) doubts.push('the page says “active” and lists nothing');
  return {
    page: page === 'unknown' ? 'unknown' : 'operational',
    components: [],
    incidents: entries.filter(({ stage }) => stage !== 'announced').map(({ stage, ...entry }) => {
      const notes = entriesOf(entry.notes, Note, { what: 'a note', doubts: [] });
      const newest = notes.toSorted((a, b) => (timeOf(b.date_created) ?? 0) - (timeOf(a.date_created) ?? 0))[0];
      return {
        id: String(entry.id),
        title: plainTitle(entry.title),
        words: plainWords(newest?.body),
        severity: stage === 'over' ? 'none' : stage === 'unknown' ? 'unknown' : meaningOf(entry.type, types, { what: 'an incident', doubts }),
        isOpen: stage !== 'over',
        components: entry.services.map((name) => plainTitle(name)),
        keys: keysOf(entry.services),
        regions: [],
        startedAt: timeOf(entry.date_created),
        updatedAt: timeOf(entry.date_updated),
        endedAt: stage === 'over' ? timeOf(entry.date_updated) : null,
        url: webAddress(entry.url),
      };
    }),
    // Announced without saying for when: the times given are those of the entry.
    maintenances: entries.filter(({ stage }) => stage === 'announced').map(({ title, services }) => (
      { title: plainTitle(title), from: null, to: null, isRunning: false, components: services.map((name) => plainTitle(name)), keys: keysOf(services) })),
    doubts,
    listsComponents: false,
  };
}
