import pg from 'pg';

/**
 * A client of a pool that never ends the process. While it is borrowed the pool listens to none of its errors, and not
 * every borrower does at every moment: a Postgres that dies right then would take all of us with it. Whoever uses the
 * connection is told by what they asked of it.
 */
export class CalmClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
