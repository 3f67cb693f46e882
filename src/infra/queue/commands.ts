/**
 * Every command of the house: a queue message with exactly one handler, carrying ids only (DESIGN §3).
 * Start-up fails if one of these has no handler, whatever roles the process runs.
 * Looks, facts and webhooks are claimed from their own tables by loops and need no bell.
 */
export interface Commands {
  /** A delivery may be due: decide. */
  deliver: { readonly id: string; readonly ring: number };
  /** Its platform wants something made ready before the due instant. */
  prepare: { readonly id: string; readonly ring: number };
}

export type CommandName = keyof Commands;

export const commandNames = ['deliver', 'prepare'] as const satisfies readonly CommandName[];
