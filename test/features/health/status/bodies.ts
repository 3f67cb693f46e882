import { readFileSync } from 'node:fs';
import { it } from '@jest/globals';
import { readStatus } from '../../../../src/features/health/status/formats.js';
import type { StatusReport } from '../../../../src/features/health/status/report.js';
import type { StatusFormat } from '../../../../src/features/health/status/source.schema.js';
import { official } from '../../../connectors/official.js';

/** A test on a body as its maker served it; left out, loudly, where the folder of such bodies is absent. */
export function itReads(name: string, file: string, check: (body: string) => void): void {
  const at = official(`status/${file}`);
  (at === null ? it.skip : it)(name, () => check(readFileSync(at ?? '', 'utf8')));
}

export type Read = Exclude<StatusReport, { kind: 'broken' }>;

/** The report of a body that can be read; throws what is wrong with any other. */
export function reading(format: StatusFormat, body: unknown): Read {
  const report = readStatus(format, typeof body === 'string' ? body : JSON.stringify(body), 'https://status.example.com/feed/incidents.json');
  if (report.kind === 'broken') throw new Error(report.reason);
  return report;
}

export function worstOf(report: StatusReport): string {
  return report.kind === 'ok' ? report.worst : report.kind;
}

export const at = (iso: string): number => Date.parse(iso);
