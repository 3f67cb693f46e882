import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';
import type { Language } from './problem.js';

/** A member's role; each may do all that the ones after it may. */
export const roleNames = ['owner', 'manager', 'editor', 'viewer'] as const;
export type RoleName = (typeof roleNames)[number];

/** What an API key may be allowed to do. A key has no role: its scopes alone open doors. */
export const scopeNames = [
  'posts:read', 'posts:write', 'clients:read', 'clients:write', 'channels:read', 'channels:write',
  'media:read', 'media:write', 'webhooks:read', 'webhooks:write', 'workspace:read', 'workspace:write',
  'incidents:read', 'incidents:write', 'audience:read', 'audience:write',
] as const;
export type ScopeName = (typeof scopeNames)[number];

/** Who acts, as it stands in the audit log and in created_by. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'system' | 'operator';
  readonly id: string;
  readonly name: string;
}

/** The caller of an endpoint that needs a workspace; put on the request by the guard. */
export interface Caller {
  readonly workspaceId: string;
  readonly actor: Actor;
  /** null for an API key. */
  readonly role: RoleName | null;
  readonly language: Language;
}

/** The caller of an endpoint that needs a person, not a workspace. */
export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly operator: boolean;
  readonly language: Language;
}

export type Door =
  /** `fromAnywhere`: other sites' pages may send it too. Only where no cookie counts and a secret in the address, or nothing, speaks for the caller. */
  | { readonly kind: 'public'; readonly fromAnywhere?: boolean }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'operator' }
  /** `scope: null`: no API key may pass, a person only. */
  | { readonly kind: 'member'; readonly role: RoleName; readonly scope: ScopeName | null };

export const DOOR = 'door';

/** Opens an endpoint to members with at least this role, and to API keys with this scope. Every endpoint has a door: without one the start fails. */
export const Needs = (role: RoleName, scope: ScopeName | null): MethodDecorator & ClassDecorator =>
  SetMetadata(DOOR, { kind: 'member', role, scope } satisfies Door);
export const Public = (terms: { readonly fromAnywhere?: boolean } = {}): MethodDecorator & ClassDecorator => SetMetadata(DOOR, { kind: 'public', ...terms } satisfies Door);
export const SignedIn = (): MethodDecorator & ClassDecorator => SetMetadata(DOOR, { kind: 'signed-in' } satisfies Door);
export const OperatorOnly = (): MethodDecorator & ClassDecorator => SetMetadata(DOOR, { kind: 'operator' } satisfies Door);

/** What the guard leaves on the request. */
export interface Admitted {
  caller?: Caller;
  person?: Person;
}

/** `@By() caller: Caller`: who calls, in which workspace. Only behind `@Needs`. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<Request & Admitted>();
  if (!caller) throw new Error('@By() stands on an endpoint that is not behind @Needs().');
  return caller;
});

/** `@Me() person: Person`: the signed-in person. Behind `@SignedIn` and `@OperatorOnly`. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): Person => {
  const { person } = context.switchToHttp().getRequest<Request & Admitted>();
  if (!person) throw new Error('@Me() stands on an endpoint that is not behind @SignedIn().');
  return person;
});
