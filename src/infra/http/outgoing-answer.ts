import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * A Response whose body is already here. Making a stream of each small body and reading it again costs eight times as
 * much as the rest of the answer, so the usual readers are answered from the bytes.
 */
export class WholeAnswer extends Response {
  readonly #bytes: Buffer;

  constructor(status: number, headers: Headers, bytes: Buffer) {
    // 1xx never arrives here; what HTTP does not know (999 of some platforms) counts as a broken gateway.
    super(null, status >= 200 && status <= 599 ? { status, headers } : { status: 502, statusText: `status ${status}`, headers });
    this.#bytes = bytes;
  }

  override readonly text = async (): Promise<string> => this.#bytes.toString('utf8').replace(/^\ufeff/, '');

  override readonly json = async (): Promise<unknown> => JSON.parse(await this.text()) as unknown;

  override readonly arrayBuffer = async (): Promise<ArrayBuffer> => new Uint8Array(this.#bytes).buffer;

  override readonly blob = async (): Promise<Blob> => new Blob([new Uint8Array(this.#bytes)], { type: this.headers.get('content-type') ?? '' });

  override readonly clone = (): WholeAnswer => new WholeAnswer(this.status, this.headers, this.#bytes);

  static {
    // The type declares a property, so an accessor cannot be written as one.
    const stream = function (this: WholeAnswer): Response['body'] {
      return this.#bytes.length === 0 ? null : new Response(new Uint8Array(this.#bytes)).body;
    };
    Object.defineProperty(this.prototype, 'body', { get: stream });
  }
}

/** The platform's headers; a value that no Headers object takes is left out. */
export function headersOf(raw: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      try {
        if (one !== undefined) headers.append(name, one);
      } catch {
        continue;
      }
    }
  }
  return headers;
}

const decoders: Readonly<Record<string, (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** We ask for no compression; some servers compress all the same. Rejects when the plain body is over `maxBytes`. */
export async function decoded(bytes: Buffer, encoding: string | null, maxBytes: number): Promise<Buffer> {
  const decode = decoders[encoding?.trim().toLowerCase() ?? ''];
  return decode && bytes.length > 0 ? decode(bytes, { maxOutputLength: maxBytes }) : bytes;
}
