import { v7 as uuid } from 'uuid';
import type { PartContent } from '../../core/part.js';
import { partKey } from '../../infra/part-key.js';
import type { BroadcastRow } from './broadcast-row.js';
import { newToken } from './drafts.service.js';
import { draftOf } from './issue-source.js';
import type { Said } from './issues.service.js';

/** A post's part that is to go out as a newsletter, as it is now. */
export interface ToSay extends Pick<Said, 'workspaceId' | 'clientId' | 'channelId'> {
  readonly partId: string;
  readonly arming: number;
  readonly content: PartContent;
  /** It may go as it stands there: its author planned it so, or somebody approved it for the channel. */
  readonly isApproved: boolean;
}

export interface Words {
  readonly said: Said;
  /** @param hash of what is said, with its template as it is now */
  isApproved(hash: string): boolean;
}

/** It went to nobody, and a person has sent its post anew: it is taken from the beginning. */
export const isAnew = (known: BroadcastRow | undefined, key: string): boolean => known !== undefined && known.partKey !== null && known.partKey !== key && known.pauseReason === 'nobody';

/**
 * What a newsletter says: what a person drafted, as somebody approved it, or else what its post says now. Sent anew after its post was
 * corrected, a draft is approved no more: whoever corrected that did not mean these words.
 */
export function wordsOf(known: BroadcastRow | undefined, { partId, arming, content, isApproved, ...post }: ToSay): Words {
  if (known?.isDrafted !== true) return { said: { ...post, ...draftOf([content]), id: known?.id ?? uuid(), webToken: known?.webToken ?? newToken() }, isApproved: () => isApproved };
  // A part whose words change is another part; armed anew it has another key.
  const isSame = known.partKey === null || Array.from({ length: arming + 1 }, (_, n) => partKey(partId, n)).includes(known.partKey);
  return { said: known, isApproved: (hash) => isSame && known.approvedHash === hash };
}
