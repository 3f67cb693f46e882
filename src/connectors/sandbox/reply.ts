/** What the sandbox does with one request. */
export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'page'; readonly status: number; readonly html: string; readonly headers?: Readonly<Record<string, string>> }
  /** Never answers. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' }
  /** 200 and bytes without sense: so many, or without end. */
  | { readonly kind: 'flood'; readonly bytes: number | null };

export interface Asked {
  readonly method: string;
  /** Decoded path, without empty segments. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: 'json', status, body, headers };
}

/** An error as every sandbox platform words it. */
export function failure(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return json(status, { error: { code, message } }, headers);
}

/** Undefined when it is not JSON. */
export function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
