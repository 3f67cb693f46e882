import type { FilePack, FileVariant, Manifest } from './folder-packs.js';
import { headHash } from './pack-hash.js';
import { type PackRow, type VariantRow, whereOf } from './pack-rows.js';

/** What the import does to one thing. */
export type FolderChange =
  | 'added' | 'changed' | 'removed'
  /** Changed on both sides since the export, or it cannot be known: both stay. */
  | 'conflict';

export interface DiffEntry {
  readonly change: FolderChange;
  readonly what: 'pack' | 'head' | 'variant';
  readonly packId: string | null;
  readonly title: string;
  /** Of a variant: a connector, a channel, '' = everywhere. */
  readonly where: string | null;
  readonly draft: boolean;
  /** null: it is not in the folder. */
  readonly file: string | null;
  readonly kept: Kept | null;
}

/** Of a conflict: how both stay. */
export type Kept = 'draft-beside' | 'proposed-head' | 'not-removed' | 'new-pack';

/** A variant of the pack as it will stand. */
export type NextVariant = { readonly kind: 'here'; readonly row: VariantRow } | { readonly kind: 'file'; readonly from: FileVariant; readonly draft: boolean };

export interface PackStep {
  /** null = a new one. */
  readonly row: PackRow | null;
  readonly clientId: string;
  /** null = as it is. */
  readonly head: FilePack['head'] | null;
  readonly proposes: FilePack['head'] | null;
  readonly variants: readonly NextVariant[];
  readonly archives: boolean;
}

export interface Diff {
  readonly entries: readonly DiffEntry[];
  readonly steps: readonly PackStep[];
  readonly same: number;
}

interface Sides {
  readonly packs: readonly FilePack[];
  /** Of the files there were faults in: what they would say is unknown, so nothing of theirs counts as removed. */
  readonly broken: ReadonlySet<string>;
  readonly manifest: Manifest | null;
  readonly rows: readonly PackRow[];
  /** Whether what the folder has no more is put away here; told it is in any case. */
  readonly remove: boolean;
}

/** Lays a folder beside what is here. Nothing that either side wrote is lost: what both changed stays twice. */
export function diffOf({ packs, broken, manifest, rows, remove }: Sides): Diff {
  const taken = new Set<string>();
  const parts = packs.map((pack) => {
    const row = rows.find(({ id, clientId }) => id === pack.id && clientId === pack.clientId && !taken.has(id)) ?? null;
    if (row) taken.add(row.id);
    return row && row.archivedAt === null ? merged(pack, row, { missing: gone(row, pack, { manifest, broken }), remove }) : added(pack, row);
  });
  const removed = manifest === null ? [] : rows.filter((row) => row.archivedAt === null && !taken.has(row.id)).map((row) => removedPack(row, manifest, { broken, remove }));
  const all = [...parts, ...removed.filter((one) => one !== null)];
  return { entries: all.flatMap(({ entries }) => entries), steps: all.flatMap(({ step }) => (step ? [step] : [])), same: all.reduce((sum, { same }) => sum + same, 0) };
}

interface Piece {
  readonly entries: readonly DiffEntry[];
  readonly step: PackStep | null;
  readonly same: number;
}

function added(pack: FilePack, archived: PackRow | null): Piece {
  const isUntouched = headHash(pack.head) === pack.base && pack.variants.every(({ hash, base }) => hash === base);
  if (archived && isUntouched) return { entries: [], step: null, same: 1 + pack.variants.length }; // put away here, not touched there
  const entry: DiffEntry = { change: archived ? 'conflict' : 'added', what: 'pack', packId: archived?.id ?? null, title: pack.head.title, where: null, draft: false, file: pack.file, kept: archived ? 'new-pack' : null };
  return { entries: [entry], step: { row: null, clientId: pack.clientId, head: pack.head, proposes: null, variants: pack.variants.map((from) => ({ kind: 'file', from, draft: from.draft })), archives: false }, same: 0 };
}

function merged(pack: FilePack, row: PackRow, { missing, remove }: { readonly missing: readonly Missing[]; readonly remove: boolean }): Piece {
  const entries: DiffEntry[] = [];
  let same = 0;
  const tell = (change: FolderChange, of: { readonly variant: Pick<VariantRow, 'connectorId' | 'channelId' | 'draft'> | null; readonly file: string | null }, kept: Kept | null = null): void => {
    entries.push({ change, what: of.variant ? 'variant' : 'head', packId: row.id, title: row.title, where: of.variant && whereOf(of.variant), draft: of.variant?.draft ?? false, file: of.file, kept });
  };

  const isProposed = row.proposals.some((one) => headHash(one) === headHash(pack.head));
  const head = isProposed ? 'same' : verdict(headHash(pack.head), pack.base, row.headHash);
  if (head === 'same') same += 1;
  else tell(head, { variant: null, file: pack.file }, head === 'conflict' ? 'proposed-head' : null);

  const next = new Map<string, NextVariant>(row.variants.map((one) => [one.id, { kind: 'here', row: one }]));
  const beside: NextVariant[] = [];
  for (const from of pack.variants) {
    const here = row.variants.find((one) => (from.draft ? one.draft && one.id === from.id : !one.draft && whereOf(one) === whereOf(from)));
    const said = here ? verdict(from.hash, from.base, here.hash) : from.base === null ? 'added' : from.hash === from.base ? 'same' : 'conflict';
    if (said === 'same' || (said === 'conflict' && isBeside(row, from))) {
      same += 1;
      continue;
    }
    tell(said, { variant: from, file: from.file }, said === 'conflict' ? 'draft-beside' : null);
    if (said === 'changed' && here) next.set(here.id, { kind: 'file', from, draft: from.draft });
    else beside.push({ kind: 'file', from, draft: from.draft || said === 'conflict' });
  }
  for (const { row: here, base } of missing) {
    const isTouched = here.hash !== base;
    tell(isTouched ? 'conflict' : 'removed', { variant: here, file: null }, isTouched ? 'not-removed' : null);
    if (!isTouched && remove) next.delete(here.id);
  }
  const step: PackStep = {
    row, clientId: row.clientId, head: head === 'changed' ? pack.head : null, proposes: head === 'conflict' ? pack.head : null, variants: [...next.values(), ...beside], archives: false,
  };
  return { entries, step: entries.some(({ change, kept }) => kept !== 'not-removed' && (change !== 'removed' || remove)) ? step : null, same };
}

/** Imported before: it lies here as a draft already. */
function isBeside({ variants }: PackRow, from: FileVariant): boolean {
  return variants.some((one) => one.draft && whereOf(one) === whereOf(from) && one.hash === from.hash);
}

function verdict(there: string, base: string | null, here: string): 'same' | 'changed' | 'conflict' {
  if (there === here || there === base) return 'same'; // nobody changed it, both alike, or only we did
  return base === here ? 'changed' : 'conflict';
}

interface Missing {
  readonly row: VariantRow;
  /** As it was exported. */
  readonly base: string;
}

/** Variants in force that were exported and that the folder has no more. */
function gone(row: PackRow, pack: FilePack, { manifest, broken }: Pick<Sides, 'manifest' | 'broken'>): readonly Missing[] {
  return (manifest?.files ?? []).flatMap(({ pack: of, for: where, base, path }) => {
    const isThere = where === null || of !== row.id || broken.has(path) || pack.variants.some((one) => !one.draft && whereOf(one) === where);
    const here = isThere ? undefined : row.variants.find((one) => !one.draft && whereOf(one) === where);
    return here ? [{ row: here, base }] : [];
  });
}

function removedPack(row: PackRow, manifest: Manifest, { broken, remove }: Pick<Sides, 'broken' | 'remove'>): Piece | null {
  const exported = manifest.files.filter(({ pack }) => pack === row.id);
  const head = exported.find((one) => one.for === null);
  if (!head || broken.has(head.path)) return null; // never in this folder, or in it and unreadable
  const bases = new Map(exported.map((one) => [one.for ?? null, one.base]));
  const isTouched = head.base !== row.headHash || row.variants.some((one) => one.draft || bases.get(whereOf(one)) !== one.hash);
  const entry: DiffEntry = { change: isTouched ? 'conflict' : 'removed', what: 'pack', packId: row.id, title: row.title, where: null, draft: false, file: null, kept: isTouched ? 'not-removed' : null };
  return { entries: [entry], step: isTouched || !remove ? null : { row, clientId: row.clientId, head: null, proposes: null, variants: [], archives: true }, same: 0 };
}
