/** What cannot go on until a person does something; the message says what. */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';
}
