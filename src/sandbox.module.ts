import { join } from 'node:path';
import { Inject, Injectable, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { builtInUrl } from './connectors/sandbox/profiles.js';
import { type Sandbox, startSandbox } from './connectors/sandbox/server.js';
import { Clock } from './infra/clock.js';
import { CONFIG, type Config } from './infra/config.js';
import { Outgoing } from './infra/http/outgoing.js';

/**
 * The sandbox platforms inside Postern, for the demo and for trials: on loopback, at PORT + 1 if that is free, posts kept
 * in DATA_DIR. Where another process of this machine runs them already, its are used. Connectors reach them under a name
 * of our own, which Outgoing leads there: the address guard stays shut for everything else on loopback.
 */
@Injectable()
export class BuiltInSandbox implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('sandbox');
  private sandbox: Sandbox | null = null;
  private port = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  /** Where people look at the timelines; null while it is not there. */
  get url(): string | null {
    return this.port === 0 ? null : `http://127.0.0.1:${this.port}`;
  }

  async onApplicationBootstrap(): Promise<void> {
    const wanted = this.config.PORT === 0 || this.config.PORT === 65_535 ? 0 : this.config.PORT + 1;
    this.port = this.config.ROLES.includes('api')
      ? ((await this.start(wanted)) ?? (await this.neighbour(wanted)) ?? (await this.start(0)) ?? 0)
      : ((await this.neighbour(wanted)) ?? 0); // one server, where the page is: its file has one writer
    if (this.port === 0) return;
    this.outgoing.route(new URL(builtInUrl).hostname, { hostname: '127.0.0.1', port: this.port });
    this.logger.log(`The sandbox platforms are at ${this.url}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sandbox?.close();
  }

  private async start(port: number): Promise<number | null> {
    try {
      this.sandbox = await startSandbox({ port, clock: this.clock, file: join(this.config.DATA_DIR, 'sandbox.jsonl') });
      return this.sandbox.port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') this.logger.warn(`The sandbox platforms did not start: ${String(error)}`);
      return null;
    }
  }

  /** Is it the sandbox of another process that holds this port? */
  private async neighbour(port: number): Promise<number | null> {
    const hostname = new URL(builtInUrl).hostname;
    this.outgoing.route(hostname, { hostname: '127.0.0.1', port });
    try {
      const response = await this.outgoing.fetch({ timeoutMs: 2_000 })(`${builtInUrl}/control/terms`);
      return response.ok && ((await response.json()) as { keyWindowMs?: unknown }).keyWindowMs !== undefined ? port : null;
    } catch {
      return null;
    }
  }
}

@Module({ providers: [BuiltInSandbox], exports: [BuiltInSandbox] })
export class SandboxModule {}
