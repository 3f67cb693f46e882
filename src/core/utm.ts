/** How the links of an outlet are marked for the brand's own statistics; null = not at all, which is the default. */
export interface UtmRule {
  readonly source: string;
  readonly medium: string;
  /** `{id}` stands for the newsletter, the article, or the post of an SMS. */
  readonly campaign: string;
}

/** The address with the rule's marks. What the author marked already stays, and so does anything that is no web address. */
export function withUtm(address: string, rule: UtmRule | null, id: string): string {
  if (rule === null || !/^https?:\/\//i.test(address) || !URL.canParse(address)) return address;
  const url = new URL(address);
  if ([...url.searchParams.keys()].some((name) => name.toLowerCase().startsWith('utm_'))) return address;
  const marks = { utm_source: rule.source, utm_medium: rule.medium, utm_campaign: rule.campaign.replaceAll('{id}', id) };
  for (const [name, value] of Object.entries(marks)) if (value !== '') url.searchParams.set(name, value);
  return url.href;
}
