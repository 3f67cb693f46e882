import { z } from 'zod';

/** Raised when a reader of the old form could misread the new one. */
export const FORMAT = 1;

export const MANIFEST = 'manifest.json';
export const CHECKSUMS = 'checksums.json';
export const SECRET = 'keys/app-secret';
const tablePrefix = 'tables/';
const mediaPrefix = 'media/';

/** A table lies in the file in pieces, in the text form of COPY: one after the other they are the whole. */
export const pieceName = (table: string, number: number): string => `${tablePrefix}${table}/${String(number).padStart(6, '0')}.copy`;
export const mediaName = (key: string): string => `${mediaPrefix}${key}`;

export const tableOf = (member: string): string | null => /^tables\/([^/]+)\/\d+\.copy$/.exec(member)?.[1] ?? null;
/** Keys are made of ids: nothing in them leads out of the folder of media. */
export const mediaKeyOf = (member: string): string | null => /^media\/([\w-]+(?:\/[\w-]+)+)$/.exec(member)?.[1] ?? null;

const Name = z.string().regex(/^[a-z_][a-z0-9_]*$/);

export const Manifest = z.object({
  format: z.literal('postern-backup'),
  formatVersion: z.number().int(),
  /** The Postern that made it. */
  version: z.string(),
  /** By the database's clock. */
  madeAt: z.iso.datetime(),
  /** Names of the migrations the tables stand at, oldest first. */
  migrations: z.array(z.string()).min(1),
  /** Fingerprint of the key the credentials are sealed with; null when no start has named one. */
  keyId: z.string().nullable(),
  /** Whether the key itself lies in the file. It does not where APP_SECRET is set. */
  keyInside: z.boolean(),
  mediaInside: z.boolean(),
  /** In an order in which a table comes after those it refers to. */
  tables: z.array(z.object({ name: Name, columns: z.array(Name).min(1) })),
  partitions: z.array(z.object({
    name: Name,
    parent: Name,
    bounds: z.string().regex(/^FOR VALUES FROM \('[\d :+.-]+'\) TO \('[\d :+.-]+'\)$/),
  })),
  /** What identity columns have counted to. */
  counters: z.array(z.object({ table: Name, column: Name, last: z.string().regex(/^\d+$/) })),
});
export type Manifest = z.output<typeof Manifest>;

/** The last member: a file that was cut off has none. */
export const Checksums = z.object({
  members: z.record(z.string(), z.object({ bytes: z.number().int(), sha256: z.string() })),
  /** Rows per table. */
  rows: z.record(z.string(), z.number().int()),
});
export type Checksums = z.output<typeof Checksums>;
