import { type Admitted, type Door, type RoleName, roleNames } from './access.js';
import type { KeyVisitor, UserVisitor, Visitor } from './doorkeeper.js';
import { problems } from './problem.js';

export const fail = problems({
  'sign-in-needed': {
    status: 401,
    en: 'Sign in, or send an API key as `Authorization: Bearer pk_…`.',
    it: 'Accedi, oppure invia una chiave API come `Authorization: Bearer pk_…`.',
  },
  'key-unknown': {
    status: 401,
    en: 'This API key is unknown or revoked. Ask an owner or manager of the workspace for a new one.',
    it: 'Questa chiave API è sconosciuta o revocata. Chiedine una nuova a un proprietario o gestore del workspace.',
  },
  'person-needed': {
    status: 403,
    en: 'No API key may do this, only a signed-in person. Sign in and try again.',
    it: 'Nessuna chiave API può farlo, solo una persona che ha effettuato l’accesso. Accedi e riprova.',
  },
  'scope-missing': {
    status: 403,
    en: 'This API key lacks the scope {scope}. Make a key that has it.',
    it: 'A questa chiave API manca l’ambito {scope}. Crea una chiave che lo abbia.',
  },
  'role-too-low': {
    status: 403,
    en: 'This needs the role {role} in the workspace. Ask an owner or manager of it.',
    it: 'Serve il ruolo {role} nel workspace. Chiedi a un suo proprietario o gestore.',
  },
  'operator-only': {
    status: 403,
    en: 'Only the operator of this installation may do this. Ask whoever runs Postern.',
    it: 'Solo l’operatore di questa installazione può farlo. Chiedi a chi gestisce Postern.',
  },
  'workspace-needed': {
    status: 400,
    en: 'You are a member of several workspaces: name one in the header `Postern-Workspace`.',
    it: 'Sei membro di più workspace: indicane uno nell’intestazione `Postern-Workspace`.',
  },
  'workspace-unknown': {
    status: 404,
    en: 'There is no such workspace, or you are not a member of it. Check the header `Postern-Workspace`.',
    it: 'Questo workspace non esiste, o non ne sei membro. Controlla l’intestazione `Postern-Workspace`.',
  },
});

/**
 * Decides whether this visitor may pass this door, and into which workspace. Pure.
 * @param wanted the header `Postern-Workspace`
 * @throws DomainError 400, 401, 403 or 404
 */
export function admit(door: Exclude<Door, { kind: 'public' }>, visitor: Visitor | null, wanted: string | undefined): Admitted {
  if (!visitor) throw fail('sign-in-needed');
  switch (door.kind) {
    case 'signed-in':
      return { person: personOf(visitor) };
    case 'operator': {
      const person = personOf(visitor);
      if (!person.operator) throw fail('operator-only');
      return { person };
    }
    case 'member':
      return visitor.kind === 'key' ? admitKey(door, visitor, wanted) : admitMember(door.role, visitor, wanted);
  }
}

function admitKey(door: Extract<Door, { kind: 'member' }>, key: KeyVisitor, wanted: string | undefined): Admitted {
  if (wanted !== undefined && wanted.toLowerCase() !== key.workspaceId) throw fail('workspace-unknown');
  if (door.scope === null) throw fail('person-needed');
  if (!key.scopes.includes(door.scope)) throw fail('scope-missing', { scope: door.scope });
  const actor = { kind: 'key', id: key.keyId, name: key.name } as const;
  return { caller: { workspaceId: key.workspaceId, actor, role: null, language: key.language } };
}

function admitMember(needed: RoleName, user: UserVisitor, wanted: string | undefined): Admitted {
  const [only, ...others] = user.memberships;
  if (wanted === undefined && others.length > 0) {
    throw fail('workspace-needed', {}, { workspaces: user.memberships.map(({ workspaceId, name }) => ({ id: workspaceId, name })) });
  }
  const membership = wanted === undefined ? only : user.memberships.find(({ workspaceId }) => workspaceId === wanted.toLowerCase());
  if (!membership) throw fail('workspace-unknown');
  if (!isAtLeast(membership.role, needed)) throw fail('role-too-low', { role: needed });
  const actor = { kind: 'user', id: user.userId, name: user.name } as const;
  return {
    caller: { workspaceId: membership.workspaceId, actor, role: membership.role, language: user.language },
    person: personOf(user),
  };
}

/** Each role may do all that the ones below it may. */
export function isAtLeast(role: RoleName, needed: RoleName): boolean {
  return roleNames.indexOf(role) <= roleNames.indexOf(needed);
}

function personOf(visitor: Visitor): NonNullable<Admitted['person']> {
  if (visitor.kind === 'key') throw fail('person-needed');
  const { userId, name, operator, language } = visitor;
  return { userId, name, operator, language };
}
