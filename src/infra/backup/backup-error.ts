/** A backup or a restore cannot go on until a person does something; the message says what. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
