import { Resolver } from 'node:dns/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Check } from './sender.schema.js';

/** TXT records of a name, each in its pieces, as node:dns answers. Rejects with its errors. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

/** Nest token of a `ResolveTxt`, for tests. */
export const RESOLVE_TXT = Symbol('resolve txt');

interface Domain {
  readonly fromAddress: string;
  readonly dkimSelector: string;
  readonly dkimPublic: string;
}

const domainOf = ({ fromAddress }: Domain): string => fromAddress.slice(fromAddress.lastIndexOf('@') + 1).toLowerCase();

/** What its owner puts into the DNS of the From domain. */
export function dnsLines(sender: Domain): readonly { readonly name: string; readonly value: string; readonly why: string }[] {
  const domain = domainOf(sender);
  return [
    { name: `${sender.dkimSelector}._domainkey.${domain}`, value: `v=DKIM1; k=rsa; p=${sender.dkimPublic}`, why: 'DKIM' },
    { name: domain, value: 'v=spf1 include:YOUR-MAIL-PROVIDER ~all', why: 'SPF' },
    { name: `_dmarc.${domain}`, value: 'v=DMARC1; p=none', why: 'DMARC' },
  ];
}

const resolver = new Resolver({ timeout: 5_000, tries: 2 });

/** Whether the DNS vouches for a sender (RFC 7208, 6376, 7489). Only the owner of a domain can put our key there. */
@Injectable()
export class SenderDns {
  constructor(@Optional() @Inject(RESOLVE_TXT) private readonly resolve: ResolveTxt = (name) => resolver.resolveTxt(name)) {}

  async check(sender: Domain): Promise<readonly Check[]> {
    const domain = domainOf(sender);
    const [spf, dkim, dmarc] = await Promise.all([this.records(domain), this.records(`${sender.dkimSelector}._domainkey.${domain}`), this.records(`_dmarc.${domain}`)]);
    return [
      { name: 'spf', ...judge(spf, /^v=spf1(\s|$)/i, ([record]) => (/\s[+]?all$/i.test(record ?? '') ? 'it lets everybody send in your name (+all)' : null)) },
      { name: 'dkim', ...judge(dkim, /(^|;)\s*p=/i, ([record]) => (keyOf(record ?? '') === sender.dkimPublic ? null : 'another key stands there')) },
      { name: 'dmarc', ...judge(dmarc, /^v=DMARC1\s*;/i, ([record]) => (/;\s*p=(none|quarantine|reject)\b/i.test(record ?? '') ? null : 'it names no policy')) },
    ];
  }

  /** null = the DNS did not answer; a name that is not there has no records. */
  private async records(name: string): Promise<readonly string[] | null> {
    try {
      return (await this.resolve(name)).map((pieces) => pieces.join(''));
    } catch (error) {
      return ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '') ? [] : null;
    }
  }
}

const keyOf = (record: string): string => (/(?:^|;)\s*p=([^;]*)/i.exec(record)?.[1] ?? '').replace(/\s+/g, '');

function judge(records: readonly string[] | null, mine: RegExp, fault: (records: readonly string[]) => string | null): Pick<Check, 'state' | 'detail'> {
  if (records === null) return { state: 'unknown', detail: 'the DNS did not answer' };
  const own = records.filter((record) => mine.test(record));
  if (own.length === 0) return { state: 'missing', detail: '' };
  if (own.length > 1) return { state: 'wrong', detail: `it stands there ${own.length} times; one is allowed` };
  const detail = fault(own);
  return detail === null ? { state: 'ok', detail: own[0] ?? '' } : { state: 'wrong', detail };
}
