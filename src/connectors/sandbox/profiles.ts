/** What one sandbox platform promises: the connector believes it, the server keeps it. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  /** A second request with the same Idempotency-Key inside the window does nothing twice. */
  readonly idempotent: boolean;
  /** Own recent posts can be read back. */
  readonly readBack: boolean;
  /** Takes pictures, and chews on each for a while (202). */
  readonly media: boolean;
  /** Takes a write that nobody sees, to try out whether it takes posts. */
  readonly shadow: boolean;
  readonly infraGroup: string;
  /** Posts an app may make in so many ms, over all accounts. The server keeps to it where it is told to (`keepLimits`). */
  readonly appLimit?: { readonly posts: number; readonly perMs: number };
}

/** The four ways a platform can help or not help against posting twice, one that takes pictures, and one that can be tried out unseen. */
export const profiles = [
  { id: 'sandbox-alpha', name: 'Sandbox Alpha', idempotent: true, readBack: true, media: false, shadow: false, infraGroup: 'sandbox-north', appLimit: { posts: 750, perMs: 10_000 } },
  { id: 'sandbox-beta', name: 'Sandbox Beta', idempotent: false, readBack: true, media: false, shadow: false, infraGroup: 'sandbox-north' },
  { id: 'sandbox-gamma', name: 'Sandbox Gamma', idempotent: true, readBack: false, media: false, shadow: false, infraGroup: 'sandbox-south' },
  { id: 'sandbox-delta', name: 'Sandbox Delta', idempotent: false, readBack: false, media: false, shadow: false, infraGroup: 'sandbox-south' },
  { id: 'sandbox-media', name: 'Sandbox Media', idempotent: true, readBack: true, media: true, shadow: false, infraGroup: 'sandbox-media' },
  { id: 'sandbox-shadow', name: 'Sandbox Shadow', idempotent: true, readBack: true, media: false, shadow: true, infraGroup: 'sandbox-shadow' },
] as const satisfies readonly Profile[];

/** How long the sandbox keeps a key unless it is told otherwise, ms. */
export const keyWindowMs = 3_600_000;
/** Stands for the sandbox server that runs inside Postern; no name server knows it (RFC 6761). */
export const builtInUrl = 'http://sandbox.invalid';
