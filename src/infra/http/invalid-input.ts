export interface InputError {
  /** Where it stood: body, query or param (the path). */
  readonly in: string;
  /** Path of the field, e.g. `content.parts.0.text`; empty = the whole. */
  readonly field: string;
  /** What is wrong and what to do, in the caller's language. */
  readonly message: string;
}

/** What was sent does not have the shape the endpoint takes. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';

  constructor(readonly errors: readonly InputError[]) {
    super('The input is not valid.');
  }
}
