import { Injectable, Logger } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Clock } from './clock.js';

const freshMs = 10_000;
/** A sample that took long is kept this many times as long, so that scraping never becomes the load it measures. */
const restFactor = 50;

interface Sampled {
  readonly name: string;
  readonly help: string;
  /** Name of the one label; left out, the sample has one value under any key. */
  readonly label?: string;
  readonly sample: () => Promise<Readonly<Record<string, number>>>;
}

/** Figures for Prometheus, of this process and of the installation; never a workspace, a client or an account in a label. */
@Injectable()
export class Metrics {
  private readonly logger = new Logger(Metrics.name);
  private readonly registry = new Registry();

  /** Seconds from the due instant to the first byte of the visible request. */
  readonly lateness = new Histogram({
    name: 'postern_lateness_seconds',
    help: 'From the due instant to the first byte of the request, of deliveries that were not held.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });

  readonly attempts = new Counter({
    name: 'postern_attempts_total',
    help: 'Attempts by connector and outcome.',
    labelNames: ['connector', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly webhooks = new Counter({
    name: 'postern_webhook_requests_total',
    help: 'Requests to webhook endpoints by result: delivered, refused, broken.',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  readonly mails = new Counter({
    name: 'postern_mails_total',
    help: 'Mails to members by result: sent, failed.',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  /** Observed by the process that leads the watch. */
  readonly detection = new Histogram({
    name: 'postern_detection_seconds',
    help: 'From the first evidence against a component to down.',
    buckets: [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 3_600],
    registers: [this.registry],
  });

  readonly outage = new Histogram({
    name: 'postern_outage_seconds',
    help: 'From down to its end, by component and outage.',
    buckets: [60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400],
    registers: [this.registry],
  });

  constructor(private readonly clock: Clock) {
    collectDefaultMetrics({ register: this.registry, prefix: 'postern_' });
  }

  /** Adds a gauge asked for when scraped, at most every 10 s. If the sample fails, its last values go on for that time, then it is left out. */
  sampled({ name, help, label, sample }: Sampled): void {
    let keptUntil = 0;
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.registry],
      collect: async () => {
        const began = this.clock.now();
        if (began < keptUntil) return;
        keptUntil = began + freshMs; // also while it is being asked: two scrapers at once ask once
        try {
          const values = await sample();
          gauge.reset();
          for (const [key, value] of Object.entries(values)) gauge.set(label === undefined ? {} : { [label]: key }, value);
        } catch (error) {
          gauge.reset();
          this.logger.warn(`No figure for ${name}: ${String(error)}`);
        }
        keptUntil = Math.max(keptUntil, began + restFactor * (this.clock.now() - began));
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The Prometheus text. */
  async text(): Promise<string> {
    return this.registry.metrics();
  }
}
