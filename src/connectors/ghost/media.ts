import { z } from 'zod';
import { MINUTE_MS } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Part, PartMedia } from '../../core/part.js';
import type { World } from '../connector.js';
import { readJson } from '../http.js';
import { fileNameOf } from '../mark.js';
import type { Account } from './account.js';
import { Images, Media } from './answers.js';
import { ask, urlOf } from './api.js';
import type { Uploaded } from './article.js';

const UPLOAD_MS = 5 * MINUTE_MS;

export type UploadedAll = { readonly kind: 'uploaded'; readonly media: readonly Uploaded[] } | Setback;

/** Uploads what is not there yet, in order. What no article uses stays among the site's files. */
export async function uploadMedia(part: Part, account: Account, world: World): Promise<UploadedAll> {
  const media: Uploaded[] = [];
  for (const medium of part.content.media) {
    const kept = world.kept(keptName(medium));
    const url = kept ?? (await upload(medium, account, world));
    if (typeof url !== 'string') return url;
    media.push({ url, medium });
  }
  return { kind: 'uploaded', media };
}

/** https://ghost.org/docs/admin-api/#uploading-an-image; films go to /media/upload/. */
async function upload(medium: PartMedia, account: Account, world: World): Promise<string | Setback> {
  const isImage = medium.mime.startsWith('image/');
  const name = fileNameOf(medium);
  const form = new FormData();
  form.append('file', await world.open(medium), name);
  form.append('ref', name);
  const sending = { method: 'POST', visible: false, body: form, timeoutMs: UPLOAD_MS };
  const { answer } = await ask(account, world, urlOf(account, isImage ? '/images/upload/' : '/media/upload/'), sending, async (response) => {
    const url = isImage ? (await readJson(response, Images)).images[0].url : (await readJson(response, Media)).media[0].url;
    await world.keep(keptName(medium), z.url().parse(url), null);
    return url;
  });
  return answer;
}

function keptName(medium: PartMedia): string {
  return `media-${medium.mediaId}`;
}
