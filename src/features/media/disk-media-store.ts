import { openAsBlob } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MediaStore } from './media-store.js';

/** Media as files under one folder. */
export class DiskMediaStore implements MediaStore {
  constructor(private readonly folder: string) {}

  async put(key: string, file: string): Promise<void> {
    const path = this.#path(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await synced(file);
    await rename(file, path);
    await synced(dirname(path)); // or a power cut could take the name back
  }

  async open(key: string, mime: string): Promise<Blob> {
    const path = this.#path(key);
    await access(path); // openAsBlob tells of a missing file in a way of its own
    return openAsBlob(path, { type: mime });
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async exists(key: string): Promise<boolean> {
    return access(this.#path(key)).then(() => true, () => false);
  }

  #path(key: string): string {
    if (!/^[\w-]+(\/[\w-]+)+$/.test(key)) throw new Error(`"${key}" is no key of a medium.`);
    return join(this.folder, key);
  }
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
