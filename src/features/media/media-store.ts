/** Nest token of the MediaStore in use. */
export const MEDIA_STORE = Symbol('media store');

/**
 * Where the bytes of media are kept. Keys are ours: `<workspace>/<media>`, both ids, so nothing in them needs escaping.
 * What disk does today an S3-compatible store can do as well: every call stands alone, nothing is changed in place.
 */
export interface MediaStore {
  /**
   * Takes a finished local file in; afterwards it is durable under the key and gone from its path.
   * @throws what the store throws; then nothing stands under the key. A full disk has the code ENOSPC or EDQUOT.
   */
  put(key: string, file: string): Promise<void>;
  /** The bytes, read when they are used and not before. @throws with code ENOENT when there are none. */
  open(key: string, mime: string): Promise<Blob>;
  /** Nothing happens when there is nothing under the key. */
  remove(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
}
