import type { DataSource } from 'typeorm';

interface Row {
  readonly id: string;
  readonly workspaceId: string;
}

/** The sealed columns of one table. */
export interface SealedTable {
  /** Rows to look at, with their locks: id, "workspaceId" and `sealed`, an array of the texts, null where there is none. */
  readonly select: string;
  /** $1 the id, $2 the workspace, $3 … the texts in the order of `sealed`. */
  readonly update: string;
  /** For each of them, in the same order: sealed for its place with the key in use, whichever it was sealed with. */
  readonly reseal: readonly ((row: Row, sealed: string) => string)[];
}

/**
 * Gives what a table keeps sealed to another key. All or nothing, and again without harm: what is sealed with the key
 * in use stays as it is. For a stopped installation. Answers how many rows changed.
 * @throws SealError when something was sealed with neither key.
 */
export function resealTable(database: DataSource, { select, update, reseal }: SealedTable): Promise<number> {
  return database.transaction(async (manager) => {
    const rows = await manager.query<(Row & { readonly sealed: readonly (string | null)[] })[]>(select);
    let changed = 0;
    for (const row of rows) {
      const resealed = reseal.map((one, i) => {
        const sealed = row.sealed[i] ?? null;
        return sealed === null ? null : one(row, sealed);
      });
      if (resealed.every((text, i) => text === row.sealed[i])) continue;
      changed += 1;
      await manager.query(update, [row.id, row.workspaceId, ...resealed]);
    }
    return changed;
  });
}
