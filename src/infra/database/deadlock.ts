/** Postgres' code for the transaction it ends so that another one can go on. */
const DEADLOCK = '40P01';

/**
 * Does the work, and once more when it lost a deadlock: nothing of it was written, and the other side is through by then.
 * For a whole transaction, or a statement that is one. Whoever locks many rows does so ordered by id; a joined UPDATE
 * locks them as its plan finds them.
 */
export async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDeadlock(error)) throw error;
    return work();
  }
}

function isDeadlock(error: unknown): boolean {
  const inner = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return typeof inner === 'object' && inner !== null && 'code' in inner && inner.code === DEADLOCK;
}
