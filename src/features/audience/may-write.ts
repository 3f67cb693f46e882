import type { Config } from '../../infra/config.js';
import { allowList } from '../../infra/http/address-guard.js';

/**
 * Whether mail may go to people outside. What they get carries links (confirm, unsubscribe): until those are https, nobody
 * gets any. Where no mail leaves (no SMTP_URL: it is caught) all can be tried; so can a mail server that ALLOW_HOSTS names.
 * @param smtpUrl by which it would go; undefined = it is caught
 */
export function mayWriteOutside({ PUBLIC_URL, PUBLIC_SITE_URL, ALLOW_HOSTS }: Pick<Config, 'PUBLIC_URL' | 'PUBLIC_SITE_URL' | 'ALLOW_HOSTS'>, smtpUrl: string | undefined): boolean {
  if (smtpUrl === undefined) return true;
  return (PUBLIC_SITE_URL ?? PUBLIC_URL ?? '').startsWith('https://') || allowList(ALLOW_HOSTS)(new URL(smtpUrl).hostname, Number(new URL(smtpUrl).port));
}
