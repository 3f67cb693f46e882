type Language = 'en' | 'it';

export interface Money {
  /** In the smallest coin of the currency; parts of it where there are some. */
  readonly minor: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** As a person reads a price: € 12,34; parts of a coin are shown where there are some. */
export function moneyIn(language: Language, { minor, currency }: Money): string {
  const digits = coinDigits(language, currency);
  return new Intl.NumberFormat(language, { style: 'currency', currency, maximumFractionDigits: digits + 2, minimumFractionDigits: digits }).format(minor / 10 ** digits);
}

/** What nobody knows exactly: small sums to the coin, others to the whole. */
export function roughMoneyIn(language: Language, { minor, currency }: Money): string {
  const amount = minor / 10 ** coinDigits(language, currency);
  return new Intl.NumberFormat(language, { style: 'currency', currency, ...(amount >= 10 && { maximumFractionDigits: 0 }) }).format(amount);
}

function coinDigits(language: Language, currency: string): number {
  return new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
