import { z } from 'zod';
import { checkRules } from '../../infra/http/rule-errors.js';
import { PartInput } from '../posts/post-input.schema.js';
import { type Fault, fault } from './folder-faults.js';
import { PackHead } from './pack.schema.js';
import { readSheets, type Sheet } from './sheet.js';
import { type MediaLine, readBody } from './variant-text.js';

const base = z.string().max(100).optional();
/** What is there only for who reads the file. */
const named = { 'channel-name': z.string().optional() };

const PackFields = z.strictObject({
  postern: z.literal('pack').optional(), id: z.uuid().optional(), version: z.int().optional(), base,
  title: PackHead.shape.title, tags: z.array(z.string()).nullish().transform((tags) => tags ?? []).pipe(PackHead.shape.tags.unwrap()),
  language: PackHead.shape.language.optional(), expires: PackHead.shape.expiresOn,
});
const Thumb = z.string().min(1).max(500);
const PartFields = {
  language: PartInput.shape.language,
  link: z.strictObject({ url: z.string(), title: z.string().optional(), description: z.string().optional(), thumb: Thumb.optional() }).nullish(),
  options: z.record(z.string(), z.unknown()).nullish(),
};
const VariantFields = z.strictObject({ postern: z.literal('variant').optional(), for: z.string().max(100).optional(), channel: z.string().max(300).optional(), ...named, id: z.uuid().optional(), base, draft: z.boolean().optional(), ...PartFields });
const FurtherFields = z.strictObject(PartFields);

/** A `pack.md` as it was read. */
export interface PackSheet {
  readonly file: string;
  readonly id: string | null;
  readonly base: string | null;
  readonly head: Omit<PackHead, 'language'> & { readonly language: string | null };
}

/** One part as it was read: its media still are names of files. */
export interface PartSheet {
  readonly text: string;
  readonly media: readonly MediaLine[];
  readonly link: { readonly url: string; readonly title: string; readonly description: string; readonly thumb: MediaLine | null } | null;
  readonly language: string | null;
  readonly options: PartInput['options'];
}

export interface VariantSheet {
  readonly file: string;
  /** As written: `all`, a connector's id; or a channel by id or name. */
  readonly for: { readonly word: string; readonly line: number } | null;
  readonly channel: { readonly word: string; readonly line: number } | null;
  readonly id: string | null;
  readonly base: string | null;
  readonly draft: boolean;
  readonly parts: readonly PartSheet[];
}

export async function readPackSheet(file: string, text: string): Promise<PackSheet | readonly Fault[]> {
  const sheets = readSheets(file, text);
  if ('code' in sheets) return [sheets];
  const [sheet] = sheets;
  if (!sheet) return [fault('front-matter-missing', { file, line: 1 })];
  const read = await check(file, sheet, PackFields);
  if ('faults' in read) return read.faults;
  const { id, base: from, title, tags, language, expires } = read.data;
  const useWhen = sheet.body.map((line) => line.text).join('\n').replace(/^\n+|\s+$/g, '');
  const head = PackHead.shape.useWhen.safeParse(useWhen);
  if (!head.success) return [fault('field-wrong', { file, line: sheet.body[0]?.number ?? 1 }, { field: 'text', what: { en: 'is longer than 5,000 characters', it: 'supera i 5.000 caratteri' } })];
  return { file, id: id?.toLowerCase() ?? null, base: from ?? null, head: { title, useWhen, tags, language: language ?? null, expiresOn: expires } };
}

export async function readVariantSheet(file: string, text: string): Promise<VariantSheet | readonly Fault[]> {
  const sheets = readSheets(file, text);
  if ('code' in sheets) return [sheets];
  const [first, ...further] = sheets;
  if (!first) return [fault('front-matter-missing', { file, line: 1 })];
  const read = await check(file, first, VariantFields);
  if ('faults' in read) return read.faults;
  const { for: where, channel, id, base: from, draft = false, ...fields } = read.data;
  const parts: PartSheet[] = [];
  const faults: Fault[] = [];
  for (const [i, sheet] of [first, ...further].entries()) {
    const own = i === 0 ? { data: fields } : await check(file, sheet, FurtherFields);
    const part = 'faults' in own ? own : await readPart(file, sheet, own.data);
    if ('faults' in part) faults.push(...part.faults);
    else parts.push(part.data);
  }
  if (faults.length > 0) return faults;
  const at = (word: string | undefined, field: string) => (word === undefined ? null : { word: word.trim(), line: first.lineOf([field]) });
  return { file, for: at(where, 'for'), channel: at(channel, 'channel'), id: id?.toLowerCase() ?? null, base: from ?? null, draft, parts };
}

type Checked<Value> = { readonly data: Value } | { readonly faults: readonly Fault[] };

/** By the same rules as the API, with the sheet's own names for fields. */
async function readPart(file: string, sheet: Sheet, { link, language, options }: z.output<typeof FurtherFields>): Promise<Checked<PartSheet>> {
  const { text, media } = readBody(sheet.body);
  const { thumb, ...card } = link ?? {};
  const body = { text, media: [], link: link ? card : null, language, options: options ?? {} };
  const read = await check(file, { ...sheet, fields: body, lineOf: (path) => (path[0] === 'text' ? (sheet.body[0]?.number ?? 1) : sheet.lineOf(path)) }, PartInput);
  if ('faults' in read) return read;
  const { link: checked, ...part } = read.data;
  return {
    data: {
      ...part, media,
      link: checked && { url: checked.url, title: checked.title, description: checked.description, thumb: thumb === undefined ? null : { path: thumb, alt: '', line: sheet.lineOf(['link', 'thumb']) } },
    },
  };
}

async function check<Value>(file: string, { fields, lineOf }: Sheet, schema: z.ZodType<Value>): Promise<Checked<Value>> {
  const [en, it] = await Promise.all([checkRules(schema, fields, 'en'), checkRules(schema, fields, 'it')]);
  if ('data' in en) return en;
  return {
    faults: en.errors.map(({ path, message }, i) =>
      fault('field-wrong', { file, line: lineOf(path) }, { field: path.join('.') || 'front matter', what: { en: message, it: 'errors' in it ? (it.errors[i]?.message ?? message) : message } })),
  };
}
