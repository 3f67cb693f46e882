import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DetectorState, DownKind } from '../../core/detector-state.js';
import { story, verdict } from '../../core/story.js';
import type { VerdictState } from '../../core/verdict.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { OfficialWords, Upstream } from './health.events.js';

/** What workers need to know of a component. */
export interface Told {
  readonly id: string;
  readonly state: VerdictState;
  readonly mediaState: VerdictState;
  readonly readOk: boolean;
  readonly impaired: boolean;
  readonly version: string;
}

/** What the other rooms were last told of a component. */
export interface Said {
  readonly state: VerdictState;
  readonly media: VerdictState;
  readonly kind: DownKind | null;
  /** Unknown because our own network is in doubt. */
  readonly impaired: boolean;
  readonly official: OfficialWords | null;
  /** Left out in rows of before. */
  readonly upstream?: Upstream | null;
}

/** A component as the leader keeps it. */
export interface Kept {
  readonly state: DetectorState;
  readonly said: Said;
  /** The held delivery that may go first; null = none. */
  readonly canary: string | null;
}

/** The table `components`: the leader writes it, everybody reads what changed. */
@Injectable()
export class ComponentRows {
  constructor(private readonly dataSource: DataSource) {}

  /** Rows newer than a version, oldest first. */
  async since(version: string): Promise<readonly Told[]> {
    return this.dataSource.query<Told[]>(
      `SELECT id, state, media_state AS "mediaState", read_ok AS "readOk", impaired, version FROM components WHERE version > $1 ORDER BY version`,
      [version],
    );
  }

  async ids(): Promise<readonly string[]> {
    return (await this.dataSource.query<{ id: string }[]>('SELECT id FROM components')).map(({ id }) => id);
  }

  /** Stored states as they are; the caller knows under which numbers to read them. */
  async all(): Promise<readonly { readonly id: string; readonly detector: object; readonly said: Said; readonly canary: string | null }[]> {
    return this.dataSource.query(
      `SELECT id, detector, canary, coalesce(said, jsonb_build_object('state', state, 'media', media_state, 'kind', detector ->> 'kind', 'impaired', impaired AND state = 'unknown', 'official', NULL)) AS said
         FROM components`,
    );
  }

  /** The version rises only where workers would read something new. */
  async save(manager: EntityManager, components: ReadonlyMap<string, Kept>): Promise<void> {
    if (components.size === 0) return;
    const rows = [...components].map(([id, { state, said, canary }]) => {
      const { config: _config, ...detector } = state; // the numbers are the code's, not the row's
      const told = verdict(state);
      const { since, cause, confidence } = story(state);
      return { id, detector, state: told.state, media_state: verdict(state, 'media').state, read_ok: canRead(state), impaired: told.impaired, since, cause, confidence, said, canary };
    });
    await manager.query(
      `INSERT INTO components AS c (id, detector, state, media_state, read_ok, impaired, since, cause, confidence, said, canary)
       SELECT id, detector, state, media_state, read_ok, impaired, to_timestamp(since / 1000), cause, confidence, said, canary
         FROM jsonb_to_recordset($1::jsonb) AS r (id text, detector jsonb, state text, media_state text, read_ok boolean, impaired boolean, since float8, cause text, confidence real, said jsonb, canary uuid)
       ON CONFLICT (id) DO UPDATE SET detector = excluded.detector, state = excluded.state, media_state = excluded.media_state, read_ok = excluded.read_ok,
         impaired = excluded.impaired, since = excluded.since, cause = excluded.cause, confidence = excluded.confidence, said = excluded.said, canary = excluded.canary, updated_at = now(),
         version = CASE WHEN (c.state, c.media_state, c.read_ok, c.impaired) IS DISTINCT FROM
                             (excluded.state, excluded.media_state, excluded.read_ok, excluded.impaired)
                        THEN nextval('component_version') ELSE c.version END`,
      [storable(rows)],
    );
  }

  /** Of components nobody has a channel on any more. */
  async forget(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await manager.query('DELETE FROM components WHERE id = ANY($1)', [ids]);
  }
}

/** Whether what was published can be read back now, as far as is known. */
function canRead(state: DetectorState): boolean {
  return state.probe.failures === 0 && state.kind !== 'read';
}
