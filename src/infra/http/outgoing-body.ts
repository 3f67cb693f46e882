import { randomUUID } from 'node:crypto';
import type { FetchInit } from '../../core/transport.js';

/** A request's body with its length known, so that no server has to cope with chunks. */
export interface Body {
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lays out a body; large files are streamed, never held. A content type set by the caller wins over the one told here. */
export function bodyOf(body: FetchInit['body']): Body {
  if (body === undefined) return { content: null, headers: {} };
  if (typeof body === 'string') return { content: body, headers: { 'content-type': 'text/plain;charset=UTF-8' } };
  if (body instanceof URLSearchParams) return { content: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } };
  if (body instanceof FormData) return multipart(body);
  if (body instanceof Blob) {
    return { content: chunks([body]), headers: { 'content-length': String(body.size), ...(body.type !== '' && { 'content-type': body.type }) } };
  }
  return { content: body, headers: {} };
}

/** RFC 7578, as browsers write it. */
function multipart(form: FormData): Body {
  const boundary = `postern-${randomUUID()}`;
  const pieces: (Blob | Uint8Array)[] = [];
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(name)}"`;
    if (typeof value === 'string') pieces.push(utf8(`${disposition}\r\n\r\n${value}\r\n`));
    else pieces.push(utf8(`${disposition}; filename="${escaped(value.name)}"\r\ncontent-type: ${value.type || 'application/octet-stream'}\r\n\r\n`), value, utf8('\r\n'));
  }
  pieces.push(utf8(`--${boundary}--\r\n`));
  const length = pieces.reduce((sum, piece) => sum + (piece instanceof Blob ? piece.size : piece.byteLength), 0);
  return { content: chunks(pieces), headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(length) } };
}

async function* chunks(pieces: readonly (Blob | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Blob) yield* piece.stream();
    else yield piece;
  }
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function escaped(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
}
