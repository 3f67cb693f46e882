import type { Part, PartMedia } from '../../core/part.js';
import type { World } from '../connector.js';
import { fileNameOf } from '../mark.js';
import { textWithLink } from '../text.js';
import type { Arguments } from './api.js';
import type { Options } from './limits.js';
import { messageIdOf } from './remote-id.js';

/** A message as a call: the method, and its arguments for a chat. */
export interface Composed {
  readonly method: string;
  readonly arguments: (chatId: string) => Arguments;
}

/** Files are opened before the call, so that one that is missing here stops it before the first byte. */
export async function compose(part: Part, options: Options, world: World): Promise<Composed> {
  const { content } = part;
  const text = textWithLink(content);
  const [first] = content.media;
  const around = surroundings(part, options);
  if (first === undefined) {
    const preview = previewOf(part, options);
    return { method: 'sendMessage', arguments: (chatId) => ({ chat_id: chatId, text, ...preview, ...around }) };
  }

  const files = await Promise.all(content.media.map(async (medium) => ({ medium, file: await world.open(medium) })));
  const kinds = content.media.map((medium) => kindOf(medium, options));
  const caption = text === '' ? {} : { caption: text };
  const isAlbum = files.length > 1;
  const album = files.map(({ medium }, n) => ({
    type: kinds[n], media: `attach://file${n}`, ...(n === 0 && caption), ...(kinds[n] === 'video' && measures(medium)),
  }));
  return {
    method: isAlbum ? 'sendMediaGroup' : `send${capital(kinds[0] ?? 'document')}`,
    arguments: (chatId) => {
      const alone = { [kinds[0] ?? 'document']: 'attach://file0', ...caption, ...(kinds[0] === 'video' && measures(first)) };
      const form = formOf({ chat_id: chatId, ...(isAlbum ? { media: album } : alone), ...around });
      files.forEach(({ medium, file }, n) => form.append(`file${n}`, file, fileNameOf(medium)));
      return form;
    },
  };
}

type Kind = 'photo' | 'video' | 'animation' | 'document';

function kindOf({ mime }: PartMedia, { asFiles }: Options): Kind {
  if (asFiles === true) return 'document';
  if (mime === 'image/gif') return 'animation';
  if (mime.startsWith('image/')) return 'photo';
  return mime.startsWith('video/') ? 'video' : 'document';
}

/** Without them a film is drawn square until it is loaded. */
function measures({ width, height }: PartMedia): Readonly<Record<string, unknown>> {
  return { supports_streaming: true, ...(width !== null && height !== null && { width, height }) };
}

function surroundings({ parent }: Part, { silent, protect }: Options): Readonly<Record<string, unknown>> {
  return {
    ...(silent !== undefined && { disable_notification: silent }),
    ...(protect !== undefined && { protect_content: protect }),
    ...(parent !== null && { reply_parameters: { message_id: messageIdOf(parent.remoteId) } }),
  };
}

function previewOf({ content }: Part, { noPreview }: Options): Readonly<Record<string, unknown>> {
  if (noPreview === true) return { link_preview_options: { is_disabled: true } };
  return content.link === null ? {} : { link_preview_options: { url: content.link.url } };
}

/** In a form, what is not text goes as JSON. */
function formOf(values: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  return form;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
