import { countryOfPhone } from './address.js';

/** The zones our users' clients live in; of any other, numbers are written with their country code until a person names the country. */
const byZone: Readonly<Record<string, string>> = {
  'Europe/Rome': 'IT', 'Europe/San_Marino': 'SM', 'Europe/Vatican': 'VA', 'Europe/London': 'GB', 'Europe/Dublin': 'IE', 'Europe/Paris': 'FR', 'Europe/Berlin': 'DE',
  'Europe/Madrid': 'ES', 'Europe/Lisbon': 'PT', 'Europe/Zurich': 'CH', 'Europe/Vienna': 'AT', 'Europe/Brussels': 'BE', 'Europe/Amsterdam': 'NL', 'Europe/Luxembourg': 'LU',
  'Europe/Monaco': 'MC', 'Europe/Malta': 'MT', 'Europe/Athens': 'GR', 'Europe/Copenhagen': 'DK', 'Europe/Stockholm': 'SE', 'Europe/Oslo': 'NO', 'Europe/Helsinki': 'FI',
  'Europe/Warsaw': 'PL', 'Europe/Prague': 'CZ', 'Europe/Bratislava': 'SK', 'Europe/Budapest': 'HU', 'Europe/Ljubljana': 'SI', 'Europe/Zagreb': 'HR', 'Europe/Bucharest': 'RO',
  'Europe/Sofia': 'BG', 'Europe/Tirane': 'AL', 'America/New_York': 'US', 'America/Chicago': 'US', 'America/Denver': 'US', 'America/Los_Angeles': 'US',
};

/** Where a client's people write their numbers: the country of its own phone, else of its zone; null = not known. */
export function countryOf({ zone, contacts }: { readonly zone: string; readonly contacts: { readonly phones: readonly string[] } }): string | null {
  const [phone] = contacts.phones;
  return (phone === undefined ? null : countryOfPhone(phone)) ?? byZone[zone] ?? null;
}
