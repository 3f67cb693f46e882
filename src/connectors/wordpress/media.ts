import { MINUTE_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Part, PartMedia } from '../../core/part.js';
import { z } from 'zod';
import type { World } from '../connector.js';
import { readJson, send } from '../http.js';
import { fileNameOf, markOf } from '../mark.js';
import { type Account, authorized } from './account.js';
import { Upload } from './answers.js';
import { type Rest, restUrl } from './rest.js';

const UPLOAD_MS = 5 * MINUTE_MS;

/** A medium as it lies on the site. */
export interface Uploaded {
  readonly id: number;
  readonly url: string;
  readonly medium: PartMedia;
}
const Kept = z.object({ id: z.int(), url: z.string() });

export type UploadedAll = { readonly kind: 'uploaded'; readonly media: readonly Uploaded[] } | Setback;

/** Uploads what is not there yet, in order. What no article uses stays in the site's library. */
export async function uploadMedia(part: Part, { account, rest }: { readonly account: Account; readonly rest: Rest }, world: World): Promise<UploadedAll> {
  const media: Uploaded[] = [];
  for (const medium of part.content.media) {
    const kept = keptUpload(medium, world);
    const uploaded = kept === null ? await upload(medium, { account, rest }, world) : { kind: 'uploaded' as const, media: [kept] };
    if (uploaded.kind !== 'uploaded') return uploaded;
    media.push(...uploaded.media);
  }
  return { kind: 'uploaded', media };
}

/** https://developer.wordpress.org/rest-api/reference/media/#create-a-media-item */
async function upload(medium: PartMedia, { account, rest }: { readonly account: Account; readonly rest: Rest }, world: World): Promise<UploadedAll> {
  const form = new FormData();
  if (medium.alt !== '') form.append('alt_text', medium.alt);
  form.append('file', await world.open(medium), fileNameOf(medium));
  const sending = { ...authorized(account), method: 'POST', visible: false, body: form, timeoutMs: UPLOAD_MS };
  return send(world, restUrl(rest.service, '/wp/v2/media', { _fields: 'id,source_url' }), sending, async (response): Promise<UploadedAll> => {
    const { id, source_url: url } = await readJson(response, Upload);
    await world.keep(keptName(medium), JSON.stringify({ id, url }), null);
    return { kind: 'uploaded', media: [{ id, url, medium }] };
  });
}

function keptUpload(medium: PartMedia, world: World): Uploaded | null {
  const text = world.kept(keptName(medium));
  return text === null ? null : { ...Kept.parse(JSON.parse(text)), medium };
}

/** Another description makes another upload. */
function keptName(medium: PartMedia): string {
  return `media-${medium.mediaId}-${markOf(medium.alt)}`;
}
