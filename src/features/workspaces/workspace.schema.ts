import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { Invited } from './member.schema.js';
import { Email, PersonName } from './user.schema.js';

const name = z.string().trim().min(1).max(100);
const language = z.enum(['en', 'it']);

export const Workspace = z
  .object({
    id: z.string(), name: z.string(), kind: z.enum(['live', 'demo']), language,
    logoMediaId: z.string().nullable().meta({ description: 'The agency’s logo, in letters and on pages to its clients.' }),
    createdAt: z.string(),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.output<typeof Workspace>;
export const WorkspacePage = pageOf('WorkspacePage', Workspace);

export const WorkspaceChange = z
  .object({ name: name.optional(), language: language.optional(), logoMediaId: z.uuid().nullable().optional().meta({ description: 'A picture of this workspace; null = none.' }) })
  .meta({ id: 'WorkspaceChange' });
export type WorkspaceChange = z.output<typeof WorkspaceChange>;

export const NewWorkspace = z
  .object({ name, language: language.default('en'), owner: z.object({ email: Email, name: PersonName }) })
  .meta({ id: 'NewWorkspace' });
export type NewWorkspace = z.output<typeof NewWorkspace>;
export const MadeWorkspace = z.object({ workspace: Workspace, owner: Invited }).meta({ id: 'MadeWorkspace' });
export type MadeWorkspace = z.output<typeof MadeWorkspace>;

export const WorkspaceQuery = PageQuery;

export const InstallationState = z
  .object({
    id: z.string(),
    paused: z
      .object({ at: z.string(), reason: z.enum(['restored', 'moved', 'operator']), sentence: z.string() })
      .nullable()
      .meta({ description: 'Null while it works. Paused, nothing goes out until it is armed.' }),
  })
  .meta({ id: 'Installation' });
export type InstallationState = z.output<typeof InstallationState>;
