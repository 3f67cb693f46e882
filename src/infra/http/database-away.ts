/** Errors of the network and of Postgres (class 08, shutdown, start, too many connections) that pass by themselves. */
const codes = /^(08...|57P0[123]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOENT)$/;
const words = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

/** True when a query failed because the database could not be reached, not because the query was wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const inner = 'driverError' in error && error.driverError instanceof Error ? error.driverError : error;
  const ofDatabase = inner !== error || words.test(inner.message) || ('syscall' in inner && inner.syscall === 'connect');
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : '';
  return ofDatabase && (codes.test(code) || words.test(inner.message));
}
