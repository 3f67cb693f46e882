import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { Actor, RoleName } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import { type ApiKey, type MadeApiKey, NewApiKey } from './key.schema.js';
import { KeysService } from './keys.service.js';
import { Invitation } from './member.schema.js';
import { MembersService } from './members.service.js';
import { SignInLinksService } from './sign-in-links.service.js';
import { Password } from './user.schema.js';
import { UsersService } from './users.service.js';
import type { Workspace } from './workspace.schema.js';

const fail = problems({
  'user-unknown': { status: 404, en: 'Nobody here has the e-mail {email}. See who there is with: user list', it: 'Qui nessuno ha l’e-mail {email}. Vedi chi c’è con: user list' },
  'email-taken': { status: 409, en: '{email} has an account already. Give them a link with: user sign-in-link', it: '{email} ha già un account. Crea un link con: user sign-in-link' },
  'workspace-unknown': {
    status: 404, en: 'There is no workspace “{name}”. There are: {names}.', it: 'Non c’è un workspace «{name}». Ci sono: {names}.',
  },
  'workspace-ambiguous': { status: 409, en: 'Several workspaces are called “{name}”. Give the id of the one you mean: {names}.', it: 'Più workspace si chiamano «{name}». Indica l’id di quello che intendi: {names}.' },
  'password-unfit': { status: 422, en: 'A password has 12 to 200 characters; any will do. Choose one and run it again.', it: 'Una password ha da 12 a 200 caratteri, quali vuoi. Scegline una e riprova.' },
  'no-key-id': { status: 422, en: '{id} is no id of a key. See them with: key list', it: '{id} non è l’id di una chiave. Vedi le chiavi con: key list' },
  'nobody-here': { status: 409, en: 'There is nobody yet in whose name a key could be made. Start Postern once, or add somebody with: user add', it: 'Non c’è ancora nessuno a nome del quale creare una chiave. Avvia Postern una volta, o aggiungi qualcuno con: user add' },
});

export interface PersonLine {
  readonly email: string;
  readonly name: string;
  readonly operator: boolean;
  readonly disabled: boolean;
  /** `role in workspace`, in order of joining. */
  readonly memberships: readonly string[];
  readonly seenAt: Date | null;
}

export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly operator: boolean;
  /** Id or name. */
  readonly workspace: string | undefined;
  readonly role: RoleName;
}

/** What the operator does at the command line: people by their e-mail, workspaces by name or id. */
@Injectable()
export class OperatorService {
  constructor(
    private readonly database: DataSource,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly links: SignInLinksService,
    private readonly keys: KeysService,
    private readonly audit: AuditService,
  ) {}

  /** Makes the account, and a link that signs its owner in. @throws DomainError email-taken, workspace-unknown; ZodError */
  async addUser(actor: Actor, person: NewPerson): Promise<string> {
    const { email, name, role } = Invitation.parse(person);
    const workspace = person.workspace === undefined ? null : await this.workspace(person.workspace);
    return this.database.transaction(async (manager) => {
      if ((await this.users.idOf(email, manager)) !== null) throw fail('email-taken', { email });
      const id = await this.users.create(manager, { email, name, language: workspace?.language ?? 'en', operator: person.operator });
      if (workspace) await this.members.join(manager, workspace.id, id, role);
      await this.audit.record(manager, {
        workspaceId: workspace?.id ?? null, actor, action: 'user.added', subject: 'user', subjectId: id,
        details: { email, operator: person.operator, ...(workspace && { role }) },
      });
      return this.links.make(manager, id, 'invitation');
    });
  }

  async listUsers(): Promise<readonly PersonLine[]> {
    return this.database.query(
      `SELECT u.email, u.name, u.operator, u.disabled_at IS NOT NULL AS disabled,
              (SELECT max(s.seen_at) FROM sessions s WHERE s.user_id = u.id) AS "seenAt",
              coalesce((SELECT array_agg(m.role || ' in ' || w.name ORDER BY m.created_at, w.id) FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = u.id), '{}') AS memberships
         FROM users u ORDER BY lower(u.email)`,
    );
  }

  async setPassword(email: string, password: string): Promise<void> {
    const id = await this.userId(email);
    const fit = Password.safeParse(password);
    if (!fit.success) throw fail('password-unfit');
    await this.users.setPassword(id, fit.data, null);
  }

  /** Signs in as this person, once, within 15 minutes. */
  async signInLink(actor: Actor, email: string): Promise<string> {
    const id = await this.userId(email);
    return this.database.transaction(async (manager) => {
      await this.audit.record(manager, { workspaceId: null, actor, action: 'user.link-made', subject: 'user', subjectId: id });
      return this.links.make(manager, id, 'sign-in');
    });
  }

  async setOperator(actor: Actor, email: string, operator: boolean): Promise<void> {
    await this.users.setOperator(actor, await this.userId(email), operator);
  }

  async setDisabled(actor: Actor, email: string, disabled: boolean): Promise<void> {
    await this.users.setDisabled(actor, await this.userId(email), disabled);
  }

  /** In the name of `by`, or of the first operator. */
  async addKey(actor: Actor, workspace: string, wanted: { readonly name: string; readonly scopes: readonly string[]; readonly by: string | undefined }): Promise<MadeApiKey> {
    const asked = NewApiKey.parse({ name: wanted.name, scopes: wanted.scopes });
    const { id: workspaceId } = await this.workspace(workspace);
    const [userId] = wanted.by === undefined ? await this.users.operators() : [await this.userId(wanted.by)];
    if (userId === undefined) throw fail('nobody-here');
    return this.keys.make({ workspaceId, actor, userId, role: 'owner' }, asked);
  }

  async listKeys(workspace: string): Promise<readonly ApiKey[]> {
    return this.keys.list((await this.workspace(workspace)).id);
  }

  async revokeKey(actor: Actor, workspace: string, id: string): Promise<void> {
    if (!isUuid(id)) throw fail('no-key-id', { id });
    await this.keys.revoke({ workspaceId: (await this.workspace(workspace)).id, actor }, id);
  }

  private async userId(email: string): Promise<string> {
    const id = await this.users.idOf(email);
    if (id === null) throw fail('user-unknown', { email });
    return id;
  }

  async workspace(name: string): Promise<Pick<Workspace, 'id' | 'language'>> {
    const all: Pick<Workspace, 'id' | 'name' | 'language'>[] = await this.database.query('SELECT id, name, language FROM workspaces ORDER BY name, id');
    const found = all.filter((workspace) => workspace.id === name || workspace.name.toLowerCase() === name.toLowerCase());
    const list = (some: typeof all): string => some.slice(0, 20).map((one) => `${one.name} (${one.id})`).join(', ') || 'none';
    if (found.length > 1) throw fail('workspace-ambiguous', { name, names: list(found) });
    if (!found[0]) throw fail('workspace-unknown', { name, names: list(all) });
    return found[0];
  }
}
