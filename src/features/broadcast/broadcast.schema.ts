import { z } from 'zod';
import { broadcastStates, recipientStates } from '../../core/broadcast.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const version = z.int().meta({ description: 'As it was read; another one answers 409.' });
const reason = z.enum(['refusals', 'silence', 'bounces', 'sign-in', 'person', 'restored', 'pause-over', 'nobody']).meta({ description: 'Why it is paused. `pause-over`: the pause that held it ended, and somebody is to look. `nobody`: it ended by itself, and nobody got it.' });

export const IssueContent = z
  .object({
    text: z.string().max(20_000),
    media: z.array(z.object({ mediaId: z.uuid(), mime: z.string().max(100), alt: z.string().max(2_000) })).max(10),
    link: z.object({ url: z.url({ protocol: /^https?$/ }).max(2_000), title: z.string().max(300) }).nullable(),
  })
  .meta({ id: 'IssueContent' });
export type IssueContent = z.output<typeof IssueContent>;

const written = {
  subject: z.string().trim().min(1).max(150),
  preheader: z.string().trim().max(200),
  templateId: z.uuid().nullable().meta({ description: 'null = ours.' }),
  content: IssueContent,
};

export const DraftIssue = z.object({ postId: z.uuid(), channelId: z.uuid() }).meta({ id: 'DraftIssue', description: 'A newsletter out of a post, for a person to look through.' });
export type DraftIssue = z.output<typeof DraftIssue>;

/** The same, asked in the address. */
export const PreflightQuery = z.object({ postId: z.uuid(), channelId: z.uuid() });

export const IssueChange = z.object({ version, ...z.object(written).partial().shape }).meta({ id: 'IssueChange', description: 'What is left out stays. An approval falls with any change.' });
export type IssueChange = z.output<typeof IssueChange>;

export const Versioned = z.object({ version }).meta({ id: 'Versioned' });
export type Versioned = z.output<typeof Versioned>;

const Mark = z
  .object({ kind: z.enum(['hashtag', 'handle', 'link-in-bio', 'swipe', 'comment', 'react']), start: z.int(), end: z.int(), text: z.string() })
  .meta({ id: 'SocialMark', description: 'A place in the text that means nothing in a newsletter.' });

export const Broadcast = z
  .object({
    id: z.uuid(), clientId: z.uuid(), channelId: z.uuid(), postId: z.uuid(), purpose: z.enum(['issue', 'fallback']), ...written,
    state: z.enum(broadcastStates as [string, ...string[]]), pauseReason: reason.nullable(), pauseDetail: z.string().nullable(),
    approvedBy: z.string().nullable().meta({ description: 'Who approved what it says now; null = nobody has.' }),
    approvedAt: z.string().nullable(),
    marks: z.array(Mark).meta({ description: 'Of the text, while it can be edited.' }),
    counts: z.object(Object.fromEntries(recipientStates.map((state) => [state, z.int()]))).nullable().meta({ description: 'Recipients by state, once the audience is frozen.' }),
    recipients: z.int().nullable(),
    joinedTo: z.uuid().nullable().meta({ description: 'A fallback without a mail of its own: on the page of this one it stands. A brand mails one a day.' }),
    carried: z.boolean().meta({ description: 'The mail of `joinedTo` says it as well: `counts` and `recipients` are those of that mail.' }),
    webUrl: z.string(), deadlineAt: z.string().nullable(), version: z.int(), createdAt: z.string(), frozenAt: z.string().nullable(), endedAt: z.string().nullable(),
  })
  .meta({ id: 'Broadcast' });
export type Broadcast = z.output<typeof Broadcast>;
export const BroadcastPage = pageOf('BroadcastPage', Broadcast);
export const BroadcastQuery = PageQuery.extend({ clientId: z.uuid().optional() });
export type BroadcastQuery = z.output<typeof BroadcastQuery>;

export const Preview = z.object({ html: z.string(), text: z.string() }).meta({ id: 'IssuePreview', description: 'Show the html in a frame that runs no script.' });
export type Preview = z.output<typeof Preview>;

const left = z.enum(['not-confirmed', 'unsubscribed', 'suppressed', 'on-several-lists', 'outside-segment', 'already-reached']);
export const Preflight = z
  .object({
    willMail: z.int(),
    sentence: z.string(),
    leftOut: z.array(z.object({ why: left, people: z.int() })),
    obstacles: z.array(z.object({ code: z.string(), sentence: z.string() })).meta({ description: 'What would keep it from going out.' }),
    daysOfWarmUp: z.int().meta({ description: 'Days it takes with the cap of a new sender; 0 or 1 = none.' }),
  })
  .meta({ id: 'BroadcastPreflight' });
export type Preflight = z.output<typeof Preflight>;
