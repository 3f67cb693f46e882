import type { EntityManager } from 'typeorm';
import type { Language } from '../../infra/http/problem.js';
import type { KnownPerson } from './personal-sources.service.js';

/** Somebody as the pages behind their own link see them. */
export interface Person extends KnownPerson {
  readonly name: string;
  readonly language: Language;
  readonly brand: string;
}

const columns = `SELECT p.workspace_id AS "workspaceId", p.client_id AS "clientId", p.id AS "subscriberId", p.kind, p.address, p.address_key AS "addressKey", p.name, p.language, c.name AS brand
  FROM subscribers p JOIN clients c ON c.id = p.client_id WHERE p.erased_at IS NULL`;

/** Whose link it is; null for nobody's. `lock` before something of them changes. */
export async function personByToken(manager: EntityManager, token: string, { lock }: { readonly lock: boolean }): Promise<Person | null> {
  const [row] = await manager.query<Person[]>(`${columns} AND p.token = $1${lock ? ' FOR UPDATE OF p' : ''}`, [token]);
  return row ?? null;
}

/** Of this workspace; null if there is none, or they were erased. Locked. */
export async function personById(manager: EntityManager, workspaceId: string, id: string): Promise<Person | null> {
  const [row] = await manager.query<Person[]>(`${columns} AND p.workspace_id = $1 AND p.id = $2 FOR UPDATE OF p`, [workspaceId, id]);
  return row ?? null;
}
