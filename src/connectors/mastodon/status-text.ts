import { squeezeSpace } from '../text.js';
import { dropMentionHosts } from './limits.js';

/** What of a text survives the journey: to compare what was sent with what is read back. */
export function comparable(text: string): string {
  return squeezeSpace(dropMentionHosts(text));
}
