import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import type { House, Visitor } from '../../kit/house.js';
import { type SeededClient, seedPosts } from '../../kit/seed.js';

/** The smallest PNG there is: one pixel. */
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

export interface HandChannel {
  readonly channelId: string;
  readonly mediaId: string;
}

/** A channel where a person posts, and a picture to post there. `by`: an owner or manager. */
export async function connectByHand(house: House, client: SeededClient, by: Visitor): Promise<HandChannel> {
  const { body } = await house.http().post('/api/v1/channels').set(by.headers).send({
    clientId: client.clientId, connectorId: 'by-hand', account: { platform: 'Instagram', page: 'https://www.instagram.com/', instructions: 'With the account @bar_aurora' },
  });
  const medium = await house.http().post('/api/v1/media?name=aperitivo.png&alt=Two%20%3Cglasses%3E').set(by.headers).set('Content-Type', 'application/octet-stream').send(pixel);
  return { channelId: body.id, mediaId: medium.body.id };
}

/** A post with the picture, due `dueInMs` from now; whose hour has come is asked for. @returns the delivery's id */
export async function planByHand(house: House, client: SeededClient, { channelId, mediaId, text, dueInMs = 0, replies = [] }: HandChannel & { readonly text: string; readonly dueInMs?: number; readonly replies?: readonly string[] }): Promise<string> {
  const [id = ''] = await seedPosts(house.database, client, [{ channel: { id: channelId, connectorId: 'by-hand', account: '' }, dueInMs, text, replies }]);
  const medium = { mediaId, mime: 'image/png', bytes: pixel.length, width: 1, height: 1, alt: 'Two <glasses>' };
  await house.database.query(`UPDATE parts SET content = jsonb_set(content, '{media}', $2::jsonb) WHERE delivery_id = $1 AND position = 0`, [id, JSON.stringify([medium])]);
  await house.app.get(DispatchService, { strict: false }).run(id);
  return id;
}
