/** Money as a person reads it: € 12,34. @param minor in the smallest coin of the currency; parts of it are shown where there are some */
export function moneyIn(language: 'en' | 'it', { minor, currency }: { readonly minor: number; readonly currency: string }): string {
  const digits = new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return new Intl.NumberFormat(language, { style: 'currency', currency, maximumFractionDigits: digits + 2, minimumFractionDigits: digits }).format(minor / 10 ** digits);
}
