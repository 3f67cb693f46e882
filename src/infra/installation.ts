import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { writeWhole } from './database/write-whole.js';
import type { Sentence } from './http/problem.js';

export type PauseReason = 'restored' | 'moved' | 'operator';

export interface Installation {
  readonly id: string;
  /** Raised by each start. */
  readonly counter: number;
  /** null = it works. Paused, nothing goes out until `arm`. */
  readonly paused: { readonly at: Date; readonly reason: PauseReason } | null;
}

export interface Start {
  /** Absolute. Processes of one installation share it. */
  readonly dataDir: string;
  /** PUBLIC_URL: undefined for a process that does not serve it and has no say in where the installation lives. */
  readonly publicUrl: string | null | undefined;
  /** Fingerprint of the key that seals credentials. */
  readonly keyId: string;
}

interface Row {
  id: string;
  counter: string;
  public_url: string | null;
  paused_at: Date | null;
  pause_reason: PauseReason | null;
}

/** `raising`: a start was about to raise it; after a crash just there the database may be one ahead. */
const Kept = z.object({ id: z.uuid(), counter: z.number().int(), raising: z.boolean().default(false) });
type Kept = z.output<typeof Kept>;

/** Starts at the same moment go one after the other. Any number, the same everywhere. */
const START_LOCK = 7_305_671_003;

/**
 * Each start raises a counter that lies in the database and in DATA_DIR. If the two disagree, one of them was put back
 * or copied: the installation does not know what went out meanwhile, and pauses itself until a person has looked
 * (DESIGN §6.8). The same when PUBLIC_URL is another than at the last start.
 */
export async function registerStart(database: DataSource, start: Start): Promise<Installation> {
  const runner = database.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [START_LOCK]);
    return await raise(runner, start);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [START_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

async function raise(runner: QueryRunner, start: Start): Promise<Installation> {
  const file = join(start.dataDir, 'installation.json');
  const fresh: Row[] = await runner.query(
    'INSERT INTO installation (id, public_url, key_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING *',
    [uuid(), start.publicUrl ?? null, start.keyId],
  );
  const row = fresh[0] ?? one(await runner.query('SELECT * FROM installation'));
  const kept = await readKept(file);
  const reason = fresh[0] ? null : suspicion(row, kept, start);
  const counter = Math.max(Number(row.counter), kept?.counter ?? 0) + 1;

  // Crash-safe order. In doubt: the pause first, so that no crash forgets it. Else the file says what is about to be.
  if (!reason) await writeWhole(file, JSON.stringify({ id: row.id, counter: Number(row.counter), raising: true }), 0o600);
  const [raised]: [Row[], number] = await runner.query(
    `UPDATE installation SET counter = $1, key_id = $2,
       public_url = CASE WHEN $3 THEN $4 ELSE public_url END,
       -- An operator's pause must not hide that this is a copy: arming does more for one.
       pause_reason = CASE WHEN paused_at IS NULL OR pause_reason = 'operator' THEN coalesce($5, pause_reason) ELSE pause_reason END,
       paused_at = CASE WHEN $5::text IS NULL THEN paused_at ELSE coalesce(paused_at, now()) END
     RETURNING *`,
    [counter, start.keyId, start.publicUrl !== undefined, start.publicUrl ?? null, reason],
  );
  await writeWhole(file, JSON.stringify({ id: row.id, counter }), 0o600);
  return shape(one(raised));
}

function suspicion(row: Row, kept: Kept | null, start: Start): PauseReason | null {
  const counter = Number(row.counter);
  const agree = kept === null ? counter === 0 : kept.id === row.id && (kept.counter === counter || (kept.raising && kept.counter + 1 === counter));
  if (!agree) return 'restored';
  // Naming the address for the first time is no move.
  const moved = start.publicUrl !== undefined && row.public_url !== null && row.public_url !== start.publicUrl;
  return moved ? 'moved' : null;
}

export async function readInstallation(database: DataSource): Promise<Installation | null> {
  const [row]: Row[] = await database.query('SELECT * FROM installation');
  return row ? shape(row) : null;
}

/** Nothing goes out once the transaction is committed. A pause in force keeps its first reason. */
export async function pauseInstallation(manager: EntityManager, reason: PauseReason): Promise<void> {
  await manager.query('UPDATE installation SET paused_at = now(), pause_reason = $1 WHERE paused_at IS NULL', [reason]);
}

/**
 * The one confirmation: what a person has looked at may go out again. Two statements: `manager` is one of a transaction.
 * @returns false when it was not paused
 */
export async function armInstallation(manager: EntityManager): Promise<boolean> {
  // A release said in an older life is no release in this one: what it let go may be out already.
  await manager.query(
    `UPDATE deliveries SET released = false, version = version + 1
      WHERE released AND state IN ('scheduled', 'held', 'sending', 'unconfirmed') AND due_at <= now()
        AND EXISTS (SELECT 1 FROM installation WHERE paused_at IS NOT NULL AND pause_reason <> 'operator')`,
  );
  const [, changed]: [unknown, number] = await manager.query(
    `UPDATE installation SET paused_at = NULL, pause_reason = NULL, armed_at = CASE WHEN pause_reason = 'operator' THEN armed_at ELSE now() END
      WHERE paused_at IS NOT NULL`,
  );
  return changed > 0;
}

const because: Readonly<Record<PauseReason, Sentence>> = {
  restored: {
    en: 'The database and the data folder do not belong to the same moment (one was restored or copied), so Postern does not know what went out meanwhile.',
    it: 'Il database e la cartella dei dati non appartengono allo stesso momento (uno dei due è stato ripristinato o copiato): Postern non sa che cosa è uscito nel frattempo.',
  },
  moved: {
    en: 'PUBLIC_URL is not what it was: if this is a copy, the original may still be publishing the same posts.',
    it: 'PUBLIC_URL non è più quello di prima: se questa è una copia, l’originale potrebbe ancora pubblicare gli stessi post.',
  },
  operator: { en: 'An operator paused it.', it: 'Un operatore l’ha messa in pausa.' },
};

/** Why nothing goes out, and what to do. */
export function pauseSentence(reason: PauseReason): Sentence {
  const { en, it } = because[reason];
  return {
    en: `PAUSED: nothing goes out. ${en} Look at what is due, then confirm with: npm run postern -- arm`,
    it: `IN PAUSA: non esce nulla. ${it} Guarda che cosa è in programma, poi conferma con: npm run postern -- arm`,
  };
}

async function readKept(file: string): Promise<Kept | null> {
  try {
    return Kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null; // gone or damaged: as if the folder were another
  }
}

function one(rows: readonly Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error('The installation row vanished while the start was being registered.');
  return row;
}

function shape(row: Row): Installation {
  const paused = row.paused_at ? { at: row.paused_at, reason: row.pause_reason ?? ('operator' as const) } : null;
  return { id: row.id, counter: Number(row.counter), paused };
}
