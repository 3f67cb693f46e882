import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Instant, MINUTE_MS } from '../../core/instant.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { type Resolve, systemResolve } from '../../infra/http/address-guard.js';
import { RESOLVE } from '../../infra/http/outgoing.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { Seal } from '../../infra/seal.js';
import { AudienceService } from '../audience/audience.service.js';
import { guardedAddress, type MailServer, mailServerOf } from './mail-server.js';
import type { Obstacle } from './broadcast-problems.js';
import { place, type SenderRow } from './sender-row.js';

/** A server that took nothing so often in a row is down … */
const downAfter = 3;
/** … until so long after it was to be asked again. */
const forgottenMs = 10 * MINUTE_MS;

/** By which server a sender's mails go. */
export interface SenderRoad {
  readonly server: MailServer;
  readonly address: () => Promise<string>;
}

/** Finds the way out for a sender, and says what bars it. */
@Injectable()
export class SenderRoads {
  constructor(
    private readonly audience: AudienceService,
    private readonly seal: Seal,
    private readonly outbox: Outbox,
    @Inject(CONFIG) private readonly config: Config,
    @Optional() @Inject(RESOLVE) private readonly resolve: Resolve = systemResolve,
  ) {}

  /** Of a demo, and where no mail server is set up, nothing leaves: it is caught, to be looked at. */
  isCaught(sender: Pick<SenderRow, 'sealedSmtpUrl'> | null, kind: 'live' | 'demo'): boolean {
    return kind === 'demo' || ((sender === null || sender.sealedSmtpUrl === null) && this.config.SMTP_URL === undefined);
  }

  /** @throws Error when there is none: ask `isCaught` before; SealError */
  of(sender: SenderRow): SenderRoad {
    if (sender.sealedSmtpUrl === null) {
      if (this.config.SMTP_URL === undefined) throw new Error('There is no mail server: set SMTP_URL, or give the sender its own.');
      const server = mailServerOf(this.config.SMTP_URL);
      return { server, address: async () => server.hostname };
    }
    const server = mailServerOf(this.seal.open(sender.sealedSmtpUrl, place.smtp(sender)));
    return { server, address: () => guardedAddress(server, this.resolve, this.config.ALLOW_HOSTS) };
  }

  /** The mailbox that bounces are read from; null = none. @throws SealError */
  mailbox(sender: SenderRow): SenderRoad | null {
    if (sender.sealedImapUrl === null) return null;
    const server = mailServerOf(this.seal.open(sender.sealedImapUrl, place.imap(sender)));
    return { server, address: () => guardedAddress(server, this.resolve, this.config.ALLOW_HOSTS) };
  }

  /** Its mail server takes nothing: the last mailings found so, or the watch does of the installation's own. */
  isDown({ sealedSmtpUrl, troubles, restUntil }: SenderRow, now: Instant): boolean {
    if (troubles >= downAfter && restUntil !== null && restUntil > now - forgottenMs) return true;
    return sealedSmtpUrl === null && this.outbox.isDown('first');
  }

  /** What keeps this sender from writing to real people; null = nothing. */
  obstacle(sender: SenderRow | null, kind: 'live' | 'demo'): Extract<Obstacle, 'no-sender' | 'sender-unverified' | 'sender-paused' | 'not-https'> | null {
    if (this.isCaught(sender, kind)) return null;
    if (sender === null) return 'no-sender';
    const url = sender.sealedSmtpUrl === null ? this.config.SMTP_URL : this.seal.open(sender.sealedSmtpUrl, place.smtp(sender));
    if (!this.audience.mayWriteOutside(url)) return 'not-https';
    if (sender.verifiedAt === null) return 'sender-unverified';
    return sender.pausedAt === null ? null : 'sender-paused';
  }
}
