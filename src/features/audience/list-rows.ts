import type { Language } from '../../infra/http/problem.js';

export interface ListRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly kind: 'email' | 'phone';
  readonly name: string;
  readonly language: Language;
  readonly purpose: string;
  readonly consentText: string;
  readonly consentVersion: number;
  readonly coversFallback: boolean;
  readonly doubleOptIn: boolean;
  readonly signUpToken: string;
  readonly signUpOpen: boolean;
  readonly country: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly archivedAt: Date | null;
}

/** Of `lists l`, as ListRow. */
export const listColumns = `l.id, l.workspace_id AS "workspaceId", l.client_id AS "clientId", l.kind, l.name, l.language, l.purpose, l.consent_text AS "consentText",
  l.consent_version AS "consentVersion", l.covers_fallback AS "coversFallback", l.double_opt_in AS "doubleOptIn", l.signup_token AS "signUpToken",
  l.signup_open AS "signUpOpen", l.country, l.version, l.created_at AS "createdAt", l.archived_at AS "archivedAt"`;
