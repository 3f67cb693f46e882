import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import DKIM from 'nodemailer/lib/dkim';
import { Seal } from '../../infra/seal.js';
import { domainOf, place, type SenderRow } from './sender-row.js';

/** Signs mails in the name of the From domain (RFC 6376), once its DNS has our key. */
@Injectable()
export class Signatures {
  constructor(private readonly seal: Seal) {}

  /** What signs a sender's mails; null while nobody could check it. @throws SealError */
  signerOf(sender: SenderRow): ((raw: string) => Promise<Buffer>) | null {
    if (sender.verifiedAt === null) return null;
    const dkim = new DKIM({
      domainName: domainOf(sender.fromAddress), keySelector: sender.dkimSelector, privateKey: this.seal.open(sender.sealedDkimKey, place.dkim(sender)),
      // Those that are not to be added or changed on the way; the default of the library signs more than mail programs look at.
      headerFieldNames: 'from:reply-to:subject:date:message-id:to:mime-version:content-type:list-id:list-unsubscribe:list-unsubscribe-post',
    });
    return (raw) => buffer(dkim.sign(raw));
  }

  async sign(sender: SenderRow, raw: string): Promise<Buffer> {
    return (await this.signerOf(sender)?.(raw)) ?? Buffer.from(raw);
  }
}
