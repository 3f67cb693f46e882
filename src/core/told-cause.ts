import type { Cause } from './signal.js';

/**
 * What people on status pages write of their causes, the most telling first. English: the pages are. Of providers those
 * that several platforms stand on.
 */
const tells: readonly (readonly [Cause, RegExp])[] = [
  ['attack', /\b(?:ddos|denial[- ]of[- ]service|cyber[- ]?attack|under attack|attack traffic)\b/i],
  ['shared-upstream', /\b(?:upstream|third[- ]party|cloud|hosting|network|cdn|infrastructure|dns) provider\b|\b(?:cloudflare|fastly|akamai|aws|amazon web services|google cloud|azure)\b/i],
  ['traffic-surge', /\b(?:surge|spike|increase) (?:of|in) (?:traffic|load|demand|requests)\b|\b(?:heavy|high|increased|unusual) (?:traffic|load|demand)\b/i],
  ['maintenance', /\b(?:maintenance|upgrade|migration)\b/i],
];

/** “not caused by our cloud provider”, “no evidence of an attack”; not “may not be able to post”. */
const denied = /\b(?:no|not|isn['’]t|wasn['’]t) (?:(?:caused by|due to|related to|the result of)|(?:evidence|signs?) of|an?|any)\b[^.,;!?\n]*/gi;

/** The cause a platform names in its own words, as far as they can be read; null = it names none, or only what it was not. */
export function toldCause(words: string): Cause | null {
  const said = words.replace(denied, '');
  return tells.find(([, tell]) => tell.test(said))?.[0] ?? null;
}
