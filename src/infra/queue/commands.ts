/**
 * Every command of the house: a queue message with exactly one handler, carrying ids only (DESIGN §3).
 * Start-up fails if one of these has no handler, whatever roles the process runs.
 */
export interface Commands {
  /** A delivery may be due: decide. */
  deliver: { readonly id: string; readonly ring: number };
  /** Its platform wants something made ready before the due instant. */
  prepare: { readonly id: string; readonly ring: number };
  /** An unconfirmed delivery is to be looked up. */
  look: { readonly id: string };
  /** A feature has facts to take. */
  'take-facts': { readonly taker: string };
  'send-webhook': { readonly id: string };
}

export type CommandName = keyof Commands;

export const commandNames = ['deliver', 'prepare', 'look', 'take-facts', 'send-webhook'] as const satisfies readonly CommandName[];
