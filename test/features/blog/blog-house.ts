import { v7 as uuid } from 'uuid';
import type { HouseOutlet } from '../../../src/connectors/connector.js';
import type { Outcome } from '../../../src/core/outcome.js';
import type { Part, PartContent, PartMedia } from '../../../src/core/part.js';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { contentOf } from '../../connectors/contract.js';
import { png } from '../media/pictures.js';

export interface Brand {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly slug: string;
  readonly manager: Visitor;
  readonly outlet: HouseOutlet;
  readonly account: { readonly blog: string };
}

export type BlogHouse = House & Awaited<ReturnType<typeof withBlogs>>;

/** A house with clients that have a blog. */
export async function openBlogHouse(settings: Readonly<Record<string, string>> = {}): Promise<BlogHouse> {
  const house = await openHouse(settings);
  return { ...house, ...(await withBlogs(house)) };
}

async function withBlogs(house: House) {
  const outlets = house.app.get(HouseOutlets, { strict: false });
  const outletOf = ({ workspaceId, clientId, channelId = null }: { workspaceId: string; clientId: string; channelId?: string | null }): HouseOutlet => {
    const outlet = outlets.at('blog', { workspaceId, clientId, channelId });
    if (!outlet) throw new Error('No room stands behind the connector "blog".');
    return outlet;
  };

  const settings = (brand: Pick<Brand, 'manager' | 'clientId' | 'slug'>, change: object) =>
    house.http().put(`/api/v1/clients/${brand.clientId}/blog`).set(brand.manager.headers).send({ slug: brand.slug, on: true, title: 'Bar Aurora', language: 'en', ...change });

  /** A client with its blog, switched on unless `change` says otherwise. */
  const brand = async ({ name = 'Bar Aurora', in: known, change = {} }: { readonly name?: string; readonly in?: Brand; readonly change?: object } = {}): Promise<Brand> => {
    const workspaceId = known?.workspaceId ?? (await house.workspace('Agency'));
    const manager = known?.manager ?? (await house.member(workspaceId, 'manager'));
    const { body } = await house.http().post('/api/v1/clients').set(manager.headers).send({ name, zone: 'Europe/Rome' });
    const clientId = body.id as string;
    const made = { workspaceId, clientId, slug: `bar-${clientId.slice(-12)}`, manager };
    const { status, body: answer } = await settings(made, { version: 1, title: name, ...change });
    if (status !== 200) throw new Error(JSON.stringify(answer));
    return { ...made, outlet: outletOf(made), account: { blog: made.slug } };
  };

  const partOf = (content: string | Partial<PartContent>, over: Partial<Part> = {}): Part => ({
    partId: uuid(), key: uuid().replaceAll('-', ''), position: 0, kind: 'post', stampAt: Date.now(), parent: null, root: null, ...over,
    content: typeof content === 'string' ? contentOf(content) : { ...contentOf(''), ...content },
  });

  /** Publishes on the blog. @returns the reference to what is out. */
  const publish = async (on: Brand, content: string | Partial<PartContent>, over: Partial<Part> = {}): Promise<Extract<Outcome, { kind: 'delivered' }>> => {
    const outcome = await on.outlet.take(partOf(content, over), on.account);
    if (outcome.kind !== 'delivered') throw new Error(outcome.detail);
    return outcome;
  };

  const upload = async (on: Brand, alt: string): Promise<PartMedia> => {
    const { status, body } = await house.http().post(`/api/v1/media?${new URLSearchParams({ alt, name: 'cup.png' }).toString()}`).set(on.manager.headers).set('Content-Type', 'image/png').send(png(40, 30, { salt: uuid() }));
    if (status !== 201) throw new Error(JSON.stringify(body));
    return { mediaId: body.id, mime: body.mime, bytes: body.bytes, width: body.width, height: body.height, alt };
  };

  const pathOf = (url: string | null): string => (url === null ? '' : new URL(url).pathname);
  return { brand, settings, partOf, publish, upload, outletOf, pathOf };
}
