import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../core/blame.js';
import { groupOf } from '../../core/component.js';
import { detectorConfig } from '../../core/detector-config.js';
import { restored } from '../../core/detector-state.js';
import { scopeOf } from '../../core/scope.js';
import type { VerdictState } from '../../core/verdict.js';
import type { Language } from '../../infra/http/problem.js';
import type { Channel, Trouble } from '../channels/channel.schema.js';
import { ChannelTroublesService } from '../channels/channel-troubles.service.js';
import { OutletsService } from './outlets.service.js';
import { scopeSentence } from './scope-words.js';

interface Judged {
  readonly scope: Scope;
  readonly state: VerdictState;
}

/** Is it the account, our app, the platform, or us? As the people of a workspace are told it (DESIGN §7). */
@Injectable()
export class ScopesService implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly troubles: ChannelTroublesService,
    private readonly outlets: OutletsService,
  ) {}

  onModuleInit(): void {
    this.troubles.register(({ language }, channels) => this.troublesOf(channels, language));
  }

  /** Of the components asked for; those nobody has judged are missing. Accounts may be other workspaces': never show them as they are. */
  async of(componentIds: readonly string[]): Promise<ReadonlyMap<string, Judged>> {
    const rows = await this.database.query<{ id: string; state: VerdictState; detector: object | null }[]>(
      `SELECT id, state, CASE WHEN id = ANY($1::text[]) THEN detector END AS detector FROM components`, [componentIds],
    );
    return new Map(rows.flatMap(({ id, state, detector }) => {
      if (detector === null) return [];
      const group = rows.filter((other) => other.id !== id && this.groupOf(other.id) === this.groupOf(id));
      return [[id, { state, scope: scopeOf(restored({ ...detector, config: detectorConfig }), { known: group.length, down: group.filter((other) => other.state === 'down').length }) }] as const];
    }));
  }

  /** @param judged null = nobody has; @param own channels of the workspace on this component: others' accounts are nobody's business here */
  told(componentId: string, judged: Judged | null, { own, language }: { readonly own: ReadonlySet<string>; readonly language: Language }): { readonly scope: Scope['kind']; readonly accounts: string[]; readonly saying: string | null } {
    const { scope, state } = judged ?? { scope: { kind: 'none' } as const, state: 'unknown' as const };
    const accounts = scope.kind === 'account' ? scope.accounts.filter((id) => own.has(id)) : [];
    const kind = scope.kind === 'account' && accounts.length === 0 ? 'none' : scope.kind;
    const said = kind === 'none' ? null : kind === 'account' ? 'accounts' : isSuspected(kind, state) ? 'suspected' : kind;
    return { scope: kind, accounts, saying: said && scopeSentence(said, this.outlets.platformOf(componentId).name, language) };
  }

  private async troublesOf(channels: readonly Channel[], language: Language): Promise<ReadonlyMap<string, Trouble>> {
    const judged = await this.of([...new Set(channels.map(({ componentId }) => componentId))]);
    return new Map(channels.flatMap((channel) => {
      const trouble = channel.archivedAt === null ? troubleOf(channel, judged.get(channel.componentId), (what) => scopeSentence(what, this.outlets.platformOf(channel.componentId).name, language)) : null;
      return trouble ? [[channel.id, trouble] as const] : [];
    }));
  }

  private groupOf(componentId: string): string {
    return groupOf(this.outlets.platformOf(componentId));
  }
}

/** The platform's trouble first: while it lasts nobody is asked to reconnect anything (DESIGN §2.4). */
function troubleOf({ id, state }: Channel, judged: Judged | undefined, sentence: (what: Parameters<typeof scopeSentence>[0]) => string): Trouble | null {
  const say = (scope: Trouble['scope'], what: Parameters<typeof scopeSentence>[0]): Trouble => ({ scope, saying: sentence(what) });
  const kind = judged?.scope.kind ?? 'none';
  if (judged && kind !== 'none' && kind !== 'account') return say(kind, isSuspected(kind, judged.state) ? 'suspected' : kind);
  if (state === 'reconnect') return say('account', 'reconnect');
  if (state === 'checking') return say('unclear', 'checking');
  return judged?.scope.kind === 'account' && judged.scope.accounts.includes(id) ? say('account', 'failing') : null;
}

function isSuspected(kind: Scope['kind'], state: VerdictState): boolean {
  return (kind === 'component' || kind === 'group') && (state === 'suspect' || state === 'degraded');
}
