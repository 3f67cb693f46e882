import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ImapFlow } from 'imapflow';
import { DataSource } from 'typeorm';
import { MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { scrub } from '../../infra/scrub.js';
import { BouncesService } from './bounces.service.js';
import { readReport } from './dsn.js';
import { SenderRoads } from './sender-roads.service.js';
import { SENDER_COLUMNS, type SenderRow } from './sender-row.js';

const everyMs = 30_000;
/** Of one mailbox: this long between looks, and so many mails in one. */
const lookEvery = '5 minutes';
const mailsAtOnce = 200;
const mostBytes = 1_000_000;
const limitMs = 2 * MINUTE_MS;

/** A mailbox, as far as it is read. */
export interface BounceMailbox {
  /** Every mail nobody has read yet, up to so many; each is marked as read once `take` has resolved. */
  each(most: number, take: (raw: Buffer) => Promise<void>): Promise<void>;
}
export type OpenMailbox = (sender: SenderRow, use: (mailbox: BounceMailbox) => Promise<void>) => Promise<void>;

/** Reads what comes back to the bounce addresses. Marks mails as read and deletes none. */
@Injectable()
export class BounceMailboxes implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Bounces');
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly bounces: BouncesService,
    private readonly roads: SenderRoads,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Bounces', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** One mailbox after the other, each by one process at a time. */
  async round(open: OpenMailbox = (sender, use) => this.open(sender, use)): Promise<void> {
    const [senders]: [SenderRow[], number] = await this.database.query(
      `WITH due AS MATERIALIZED (
         SELECT id FROM senders WHERE sealed_imap_url IS NOT NULL AND mailbox_until < now() ORDER BY mailbox_until LIMIT 10 FOR UPDATE SKIP LOCKED)
       UPDATE senders s SET mailbox_until = now() + $1::interval FROM due
        WHERE s.id = due.id RETURNING ${SENDER_COLUMNS}`, [lookEvery]);
    for (const sender of senders) {
      const detail = await this.read(sender, open).then(() => null, (error: unknown) => scrub(worded(error)).slice(0, 500));
      if (detail !== null && sender.mailboxDetail === null) this.logger.warn(`The mailbox of bounces of ${sender.fromAddress} cannot be read: ${detail}`);
      await this.database.query('UPDATE senders SET mailbox_detail = $2 WHERE id = $1 AND mailbox_detail IS DISTINCT FROM $2', [sender.id, detail]);
    }
  }

  private async read(sender: SenderRow, open: OpenMailbox): Promise<void> {
    await open(sender, (mailbox) => mailbox.each(mailsAtOnce, async (raw) => {
      const report = await readReport(raw);
      if (report) await this.bounces.take(sender, report);
    }));
  }

  private async open(sender: SenderRow, use: (mailbox: BounceMailbox) => Promise<void>): Promise<void> {
    const road = this.roads.mailbox(sender);
    if (!road) return;
    const { hostname, port, secure, user, pass } = road.server;
    const client = new ImapFlow({
      host: await road.address(), port, secure, servername: hostname, logger: false, disableAutoIdle: true, ...(user !== null && { auth: { user, pass: pass ?? '' } }),
    });
    client.on('error', () => undefined); // whoever waits has the same one
    const limit = setTimeout(() => client.close(), limitMs);
    try {
      await client.connect();
      const lock = await client.getMailboxLock('INBOX');
      try {
        await use({ each: (most, take) => each(client, most, take) });
      } finally {
        lock.release();
      }
      await client.logout();
    } finally {
      clearTimeout(limit);
      client.close();
    }
  }
}

async function each(client: ImapFlow, most: number, take: (raw: Buffer) => Promise<void>): Promise<void> {
  const unseen = await client.search({ seen: false }, { uid: true });
  if (!Array.isArray(unseen)) throw new Error('the mail server does not say which mails are new');
  for (const uid of unseen.slice(0, most)) {
    const mail = await client.fetchOne(String(uid), { source: { maxLength: mostBytes } }, { uid: true });
    if (mail && mail.source) await take(mail.source);
    // Else the same ones would be read for ever, and none behind them.
    if (!(await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true }))) throw new Error('mails cannot be marked as read there: the mailbox has to be one that this user may change');
  }
}

/** In words: its own message for whatever a server refuses is “Command failed”. */
function worded(error: unknown): string {
  const { authenticationFailed, responseText, response } = error as { readonly authenticationFailed?: unknown; readonly responseText?: unknown; readonly response?: unknown };
  const said = [responseText, response].find((text) => typeof text === 'string');
  if (authenticationFailed === true) return `the mail server refused user name or password${said === undefined ? '' : `: ${said}`}`;
  return said === undefined ? String(error) : `the mail server refused: ${said}`;
}
