import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

/** What an account said, whether or not anybody can see it. */
export interface Said {
  readonly platform: string;
  readonly account: string;
  readonly text: string;
  readonly replyTo: string | null;
  /** Digests of the pictures. */
  readonly media: readonly string[];
  readonly key: string | null;
}

export interface StoredPost extends Said {
  readonly id: string;
  readonly takenAt: number;
  /** null = said 201 and forgot it. */
  visibleAt: number | null;
  /** From when read-back shows it. */
  readableAt: number;
  deletedAt: number | null;
}

export interface Picture {
  readonly id: string;
  readonly digest: string;
  readonly bytes: number;
  readonly readyAt: number;
}

/** How often one content of one account became visible. Deleting does not make it unseen. */
export interface ContentCount {
  readonly platform: string;
  readonly account: string;
  readonly text: string;
  readonly replyTo: string | null;
  readonly taken: number;
  readonly visible: number;
}

export interface Filter {
  readonly platform?: string | undefined;
  readonly account?: string | undefined;
}

type Line = { readonly post: StoredPost } | { readonly picture: Picture } | { readonly deleted: string; readonly at: number } | { readonly hurried: string; readonly at: number } | { readonly shadow: string; readonly at: number };

/** What was posted to the sandbox: in memory, and in an append-only file (JSON lines) if one is named. */
export class Store {
  readonly #posts = new Map<string, StoredPost>();
  readonly #accounts = new Map<string, StoredPost[]>();
  readonly #keys = new Map<string, StoredPost>();
  readonly #pictures = new Map<string, Picture>();
  readonly #shadows = new Map<string, number>();
  #made = 0;
  #file: number | null = null;

  constructor(
    private readonly now: () => number,
    file?: string,
  ) {
    if (file === undefined) return;
    if (existsSync(file)) this.#load(file);
    this.#file = openSync(file, 'a', 0o600);
  }

  take(said: Said, fate: { readonly visibleInMs: number | null; readonly lagMs: number }): StoredPost {
    const takenAt = this.now();
    const visibleAt = fate.visibleInMs === null ? null : takenAt + fate.visibleInMs;
    const post: StoredPost = { ...said, id: this.#nextId('p'), takenAt, visibleAt, readableAt: (visibleAt ?? takenAt) + fate.lagMs, deletedAt: null };
    this.#put(post);
    this.#write({ post });
    return post;
  }

  /** Written down like a post, and then nobody's. @returns how many there were on the platform */
  takeShadow(platform: string): number {
    const count = (this.#shadows.get(platform) ?? 0) + 1;
    this.#shadows.set(platform, count);
    this.#write({ shadow: platform, at: this.now() });
    return count;
  }

  shadows(platform: string): number {
    return this.#shadows.get(platform) ?? 0;
  }

  /** The post of this key, if the key is still remembered. */
  ofKey(platform: string, account: string, key: string, windowMs: number): StoredPost | undefined {
    const post = this.#keys.get(`${platform} ${account} ${key}`);
    return post && this.now() < post.takenAt + windowMs ? post : undefined;
  }

  /** A repeat with the same key finishes what was still on its way. */
  hurry(post: StoredPost): void {
    if (post.visibleAt === null || post.visibleAt <= this.now()) return;
    this.#hurry(post, this.now());
    this.#write({ hurried: post.id, at: this.now() });
  }

  /** One page of an account's own posts, newest first, as the platform shows them now. */
  page({ platform, account, since, before, limit }: { platform: string; account: string; since: number; before: number; limit: number }): { posts: StoredPost[]; next: number | null } {
    const all = this.#accounts.get(`${platform} ${account}`) ?? [];
    const now = this.now();
    const posts: StoredPost[] = [];
    for (let at = Math.min(before, all.length) - 1; at >= 0; at -= 1) {
      const post = all[at];
      if (!post || post.visibleAt === null || post.visibleAt > now || post.readableAt > now || post.visibleAt < since || post.deletedAt !== null) continue;
      if (posts.length === limit) return { posts, next: at + 1 };
      posts.push(post);
    }
    return { posts, next: null };
  }

  get(id: string): StoredPost | undefined {
    return this.#posts.get(id);
  }

  delete(id: string): boolean {
    const post = this.#posts.get(id);
    if (!post || post.deletedAt !== null) return false;
    post.deletedAt = this.now();
    this.#write({ deleted: id, at: post.deletedAt });
    return true;
  }

  keepPicture(bytes: Uint8Array, chewMs: number): Picture {
    const picture = { id: this.#nextId('m'), digest: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength, readyAt: this.now() + chewMs };
    this.#pictures.set(picture.id, picture);
    this.#write({ picture });
    return picture;
  }

  picture(id: string): Picture | undefined {
    return this.#pictures.get(id);
  }

  list({ platform, account }: Filter = {}): StoredPost[] {
    return [...this.#posts.values()].filter((post) => (platform === undefined || post.platform === platform) && (account === undefined || post.account === account));
  }

  isVisible(post: StoredPost): boolean {
    return post.visibleAt !== null && post.visibleAt <= this.now();
  }

  counts(filter: Filter = {}): ContentCount[] {
    const byContent = new Map<string, ContentCount>();
    for (const post of this.list(filter)) {
      const { platform, account, text, replyTo, media } = post;
      const content = JSON.stringify([platform, account, text, replyTo, media]);
      const sofar = byContent.get(content) ?? { platform, account, text, replyTo, taken: 0, visible: 0 };
      byContent.set(content, { ...sofar, taken: sofar.taken + 1, visible: sofar.visible + (this.isVisible(post) ? 1 : 0) });
    }
    return [...byContent.values()];
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #nextId(letter: string): string {
    return `${letter}${(this.#made += 1)}`;
  }

  #put(post: StoredPost): void {
    const home = `${post.platform} ${post.account}`;
    const all = this.#accounts.get(home) ?? [];
    all.push(post);
    this.#accounts.set(home, all);
    this.#posts.set(post.id, post);
    if (post.key !== null) this.#keys.set(`${home} ${post.key}`, post);
  }

  #hurry(post: StoredPost, at: number): void {
    const lag = post.readableAt - (post.visibleAt ?? at);
    post.visibleAt = at;
    post.readableAt = at + lag;
  }

  #write(line: Line): void {
    if (this.#file !== null) writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** The last line may be torn by a kill in mid-write: then its request was never answered either. */
  #load(file: string): void {
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    truncateSync(file, Buffer.byteLength(whole));
    for (const raw of whole.split('\n').slice(0, -1)) {
      const line = JSON.parse(raw) as Line;
      if ('post' in line) this.#put(line.post);
      else if ('picture' in line) this.#pictures.set(line.picture.id, line.picture);
      else if ('shadow' in line) this.#shadows.set(line.shadow, this.shadows(line.shadow) + 1);
      else if ('deleted' in line) Object.assign(this.#posts.get(line.deleted) ?? {}, { deletedAt: line.at });
      else {
        const post = this.#posts.get(line.hurried);
        if (post) this.#hurry(post, line.at);
      }
    }
    this.#made = this.#posts.size + this.#pictures.size;
  }
}
