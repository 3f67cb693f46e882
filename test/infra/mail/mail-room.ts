import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import type { Letter } from '../../../src/infra/mail/letter.js';
import { LetterRows } from '../../../src/infra/mail/letter-rows.js';
import { Outbox } from '../../../src/infra/mail/outbox.js';
import { Parcels } from '../../../src/infra/mail/parcels.js';
import { Postman } from '../../../src/infra/mail/postman.js';
import type { Road } from '../../../src/infra/mail/road.js';
import { Metrics } from '../../../src/infra/metrics.js';
import type { Watch } from '../../../src/infra/watch.js';

const clock = new Clock();

/** An outbox and a postman with roads of a test's own; `chores` is what it wants done every hour. */
export function mailRoom(database: DataSource, roads: readonly Road[]) {
  const outbox = new Outbox(roads);
  const rows = new LetterRows(database);
  const chores: (() => Promise<unknown>)[] = [];
  const watch = { hourly: (_: string, chore: () => Promise<unknown>) => void chores.push(chore) } as unknown as Watch;
  const postman = new Postman(outbox, rows, new Parcels(outbox, clock), new Metrics(clock), watch, clock, readConfig({ ROLES: 'worker' }));
  postman.onModuleInit();
  return {
    outbox, postman, chores,
    write: (...letters: Letter[]) => database.transaction((manager) => outbox.write(manager, letters)),
    /** One round, and what it set out with is there. */
    carry: async () => {
      await postman.round();
      await postman.idle();
    },
  };
}

/** To a client's contact. */
export function clientLetter(more: Partial<Letter> = {}): Letter {
  const id = uuid();
  return {
    workspaceId: null, once: `test:${id}`, about: 'client-notice', to: { name: 'Anna', address: `anna-${id.slice(-6)}@example.com` },
    mail: { subject: 'Instagram is down', text: 'Three posts wait.' }, ...more,
  };
}

/** To a member. */
export const letter = (more: Partial<Letter> = {}): Letter => clientLetter({ about: 'incident', userId: uuid(), ...more });

interface LetterRow {
  readonly state: string;
  readonly road: string | null;
  readonly tries: number;
  readonly detail: string | null;
  readonly inS: number;
}
export const lettersOf = (database: DataSource): Promise<LetterRow[]> =>
  database.query('SELECT state, road, tries, detail, extract(epoch FROM next_at - now())::float8 AS "inS" FROM letters ORDER BY id');

/** As if so much time had gone by since the letters were written. */
export const laterBy = (database: DataSource, seconds: number): Promise<unknown> =>
  database.query('UPDATE letters SET created_at = created_at - make_interval(secs => $1), next_at = next_at - make_interval(secs => $1), until = until - make_interval(secs => $1)', [seconds]);
