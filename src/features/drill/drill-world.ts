import { z } from 'zod';
import type { Fetch } from '../../core/transport.js';

const Posts = z.object({ posts: z.array(z.object({ platform: z.string(), account: z.string(), text: z.string(), visibleAt: z.number().nullable(), deletedAt: z.number().nullable() })) });
export type SeenPost = z.output<typeof Posts>['posts'][number];
const Ids = z.object({ ids: z.array(z.string()) });

/** The sandbox platforms as they are in one world: what befalls them there befalls nobody else's. */
export class DrillWorld {
  private faults: string[] = [];

  constructor(
    private readonly fetch: Fetch,
    private readonly world: string,
  ) {}

  /** They answer errors to everything, as the network in front of them does. */
  async fall(platforms: readonly string[]): Promise<void> {
    await this.break(platforms.map((platform) => ({ kind: 'status', status: 503, html: true, edge: 'cloudflare', platform })));
  }

  async break(faults: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const { ids } = Ids.parse(await this.ask('POST', 'faults', faults.map((fault) => ({ ...fault, world: this.world }))));
    this.faults.push(...ids);
  }

  /** They answer again. Nobody else's faults are touched. */
  async mend(): Promise<void> {
    for (const id of this.faults.splice(0)) await this.ask('DELETE', `faults/${id}`).catch(() => undefined);
  }

  async postByHand(post: { readonly platform: string; readonly account: string; readonly text: string }): Promise<void> {
    await this.ask('POST', 'posts', post);
  }

  async posts(platform: string, account: string): Promise<readonly SeenPost[]> {
    return Posts.parse(await this.ask('GET', `posts?platform=${platform}&account=${account}`)).posts;
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.fetch(`http://${this.world}/control/${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`The sandbox platforms answered ${response.status} to ${method} ${path}.`);
    return response.json();
  }
}
