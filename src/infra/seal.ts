import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { registerSecret } from './scrub.js';

/** Where a sealed text belongs. Part of the seal: a text copied to another row or workspace does not open. */
export interface SealedRow {
  readonly workspaceId: string;
  /** The row's id; with a suffix (`<id>/session`) where one row has several sealed columns. */
  readonly rowId: string;
  /** Top-level fields of a sealed JSON object that are no secret and may stand in a log. All others are struck out. */
  readonly publicFields?: readonly string[];
}

export class SealError extends Error {
  override readonly name = 'SealError';
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals credentials with AES-256-GCM; workspace, row and key id are associated data (DESIGN §2.10).
 * A sealed text reads `v1.<key id>.<base64url of iv, ciphertext, tag>`; the key id is no secret.
 */
export class Seal {
  /** Fingerprint of the key: tells two keys apart and says nothing about them. 8 hex digits. */
  readonly keyId: string;
  readonly #key: Buffer;
  readonly #fingerprintKey: Buffer;

  /** @param secret APP_SECRET, or what `readSecret` (secret-file.ts) made in its place. */
  constructor(secret: string) {
    registerSecret(secret);
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'postern', 'seal v1', 32));
    this.#fingerprintKey = Buffer.from(hkdfSync('sha256', secret, 'postern', 'fingerprint v1', 32));
    this.keyId = createHash('sha256').update('postern key id').update(this.#key).digest('hex').slice(0, 8);
  }

  /** From here on the plain text (each value of a JSON object) is struck out of logs, errors and evidence. */
  seal(plain: string, row: SealedRow): string {
    registerSecret(plain, row.publicFields);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES }).setAAD(this.#aad(row));
    const body = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${this.keyId}.${body.toString('base64url')}`;
  }

  /** @throws SealError, with a sentence that tells what to do, when the key, the row or the text is not the one it was sealed with. */
  open(sealed: string, row: SealedRow): string {
    const [version, keyId, body] = sealed.split('.');
    if (version !== VERSION || !keyId || !body) throw new SealError('This is no sealed text: the row was changed by hand or is damaged. Enter the credentials again.');
    if (keyId !== this.keyId) {
      throw new SealError(
        `This credential was sealed with another key (${keyId}; in use is ${this.keyId}): set APP_SECRET to the one it was sealed with, or enter the credentials again.`,
      );
    }
    const bytes = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(this.#aad(row))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
      registerSecret(plain, row.publicFields);
      return plain;
    } catch {
      throw new SealError('This credential does not belong to this row, or was changed after it was sealed. Enter the credentials again.');
    }
  }

  /** Opens with the old key and seals with this one; a text already sealed with this key comes back as it is. */
  reseal(sealed: string, row: SealedRow, old: Seal): string {
    return sealed.split('.')[1] === this.keyId ? sealed : this.seal(old.open(sealed, row), row);
  }

  /** Equal for equal texts. Without the key nobody can try texts against it, as they could with a plain hash of a password. */
  fingerprint(text: string): Buffer {
    return createHmac('sha256', this.#fingerprintKey).update(text).digest();
  }

  #aad(row: SealedRow): Buffer {
    return Buffer.from(JSON.stringify(['postern', VERSION, this.keyId, row.workspaceId, row.rowId]));
  }
}
