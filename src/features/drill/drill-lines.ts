import { wallOf } from '../../core/schedule.js';
import type { Language } from '../../infra/http/problem.js';
import { sayStep } from './drill-words.js';
import type { StoredStep } from './drill.schema.js';

/** One post after the other, each a step of its own. */
const gathered: ReadonlySet<string> = new Set(['held', 'published']);
/** From these on it is counted anew. */
const scenes: ReadonlySet<string> = new Set(['outage', 'back']);

/** The timeline as lines for a terminal. Of what befalls one post after the other a line says how many it is by now, before the next thing that happens. */
export class DrillLines {
  private readonly counts = new Map<string, number>();
  private readonly pending = new Map<string, StoredStep>();

  constructor(
    private readonly zone: string,
    private readonly language: Language,
  ) {}

  of(step: StoredStep): readonly string[] {
    if (gathered.has(step.code)) {
      const who = `${step.code} ${step.params['client']}`;
      const count = (this.counts.get(who) ?? 0) + Number(step.params['count']);
      this.counts.set(who, count);
      this.pending.delete(who); // the last one is told last
      this.pending.set(who, { ...step, params: { ...step.params, count } });
      return [];
    }
    const lines = [...this.pending.values(), step].map((one) => this.line(one));
    this.pending.clear();
    if (scenes.has(step.code)) this.counts.clear();
    return lines;
  }

  private line(step: StoredStep): string {
    return `${wallOf(Date.parse(step.at), this.zone).slice(0, 19).replace('T', ' ')}  ${sayStep(step, this.language)}`;
  }
}
