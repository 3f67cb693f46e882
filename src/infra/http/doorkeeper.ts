import type { RoleName, ScopeName } from './access.js';
import type { Language } from './problem.js';

/** A signed-in person, with every workspace that may be entered. */
export interface UserVisitor {
  readonly kind: 'user';
  readonly userId: string;
  readonly name: string;
  readonly operator: boolean;
  readonly language: Language;
  readonly memberships: readonly { readonly workspaceId: string; readonly name: string; readonly role: RoleName }[];
  /** The session was just prolonged: the cookie is to be set anew. */
  readonly prolonged: boolean;
}

export interface KeyVisitor {
  readonly kind: 'key';
  readonly keyId: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly scopes: readonly ScopeName[];
  /** Of the workspace. */
  readonly language: Language;
}

export type Visitor = UserVisitor | KeyVisitor;

/** Knows sessions and keys; filled by the workspaces feature. Answers null for what is unknown, revoked or expired. */
export abstract class Doorkeeper {
  abstract bySession(token: string): Promise<UserVisitor | null>;
  abstract byKey(token: string): Promise<KeyVisitor | null>;
}
