import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

export const channelStates = ['connected', 'checking', 'reconnect', 'off'] as const;
export type ChannelState = (typeof channelStates)[number];

const account = z.record(z.string(), z.unknown()).meta({
  description: 'What the connector\'s form asks for: see `account` of `GET /connectors`. Sealed, and never given back.',
});
const name = z.string().trim().min(1).max(120);
const version = z.int().min(1).meta({ description: 'The `version` that was read; another one in between answers 409.' });

export const ConnectChannel = z
  .object({
    clientId: z.uuid(),
    connectorId: z.string().min(1).max(60).meta({ description: 'One of `GET /connectors`.' }),
    account,
    name: name.optional().meta({ description: 'Left out: the name the platform gives the account.' }),
  })
  .meta({ id: 'ConnectChannel' });
export type ConnectChannel = z.output<typeof ConnectChannel>;

const Utm = z
  .object({ source: z.string().max(60), medium: z.string().max(60), campaign: z.string().max(100) })
  .meta({ id: 'Utm', description: 'What is added to links; `{id}` in the campaign stands for the newsletter, the article, or the post of an SMS.', example: { source: 'newsletter', medium: 'email', campaign: '{id}' } });
const utm = Utm.nullable().meta({ description: 'How its links are marked for the brand’s own statistics; null: they stay as they are. Of newsletters, SMS and the blog.' });

export const EditChannel = z.object({ version, name: name.optional(), utm: utm.optional() }).meta({ id: 'EditChannel', description: 'What is left out stays.' });
export type EditChannel = z.output<typeof EditChannel>;

export const ReconnectChannel = z
  .object({
    version,
    account,
    otherAccount: z.boolean().default(false).meta({ description: 'True: yes, these are meant to be the credentials of another account.' }),
  })
  .meta({ id: 'ReconnectChannel' });
export type ReconnectChannel = z.output<typeof ReconnectChannel>;

/** A platform's limits as data. Texts are counted as the platform counts, so `maxText` is in its own unit. */
export const LimitFigures = z
  .object({
    maxText: z.number(),
    maxMedia: z.number(),
    mediaTypes: z.record(z.string(), z.number()).meta({ description: 'Accepted types and the most bytes of each.' }),
    maxParts: z.number().meta({ description: 'The most parts of a thread; 1 = no threads.' }),
  })
  .meta({ id: 'LimitFigures' });
export type LimitFigures = z.output<typeof LimitFigures>;

/** `unclear`: an account was refused, and it is not known yet whether others are, too. */
export const Trouble = z
  .object({
    scope: z.enum(['account', 'app', 'component', 'group', 'self', 'unclear']).meta({ description: 'Whose fault it is: this account, our app\'s credential, the platform, all that runs on its infrastructure, our own network.' }),
    saying: z.string().meta({ description: 'The same for people, with what to do.' }),
  })
  .meta({ id: 'ChannelTrouble' });
export type Trouble = z.output<typeof Trouble>;

export const Channel = z
  .object({
    id: z.uuid(),
    clientId: z.uuid(),
    connectorId: z.string(),
    name: z.string(),
    url: z.string().nullable(),
    host: z.string(),
    componentId: z.string(),
    state: z.enum(channelStates),
    stateDetail: z.string().nullable(),
    trouble: Trouble.nullable().meta({ description: 'What is wrong right now; null: nothing known.' }),
    limits: LimitFigures.nullable().meta({ description: 'Null when this version has no such connector.' }),
    lookedAt: z.string().nullable(),
    healthyAt: z.string().nullable(),
    expiresAt: z.string().nullable().meta({ description: 'When its access ends, where the platform tells.' }),
    utm,
    version: z.number(),
    createdAt: z.string(),
    archivedAt: z.string().nullable(),
  })
  .meta({ id: 'Channel' });
export type Channel = z.output<typeof Channel>;

export const ChannelPage = pageOf('ChannelPage', Channel);

export const ChannelQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  connectorId: z.string().max(60).optional(),
  archived: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').meta({ description: 'True: those put away, too.' }),
});
export type ChannelQuery = z.output<typeof ChannelQuery>;

export const LookedAt = z
  .object({ channel: Channel, healthy: z.boolean(), detail: z.string().nullable().meta({ description: 'The platform\'s own words, when it did not say yes.' }) })
  .meta({ id: 'LookedAt' });
export type LookedAt = z.output<typeof LookedAt>;

export const ConnectorCard = z
  .object({
    id: z.string(),
    name: z.string(),
    account: z.record(z.string(), z.unknown()).meta({ description: 'JSON schema of the form; `secret: true` marks a password field.' }),
    options: z.record(z.string(), z.unknown()).meta({ description: 'JSON schema of what only this platform knows of a part.' }),
    capabilities: z.array(z.string()),
    limits: LimitFigures,
    marksLinks: z.boolean().meta({ description: 'True: a channel there may have a rule, `utm`, by which its links are marked.' }),
    readsBack: z.boolean().meta({ description: 'False: after a lost answer a person is asked whether the post is out.' }),
  })
  .meta({ id: 'ConnectorCard' });
export type ConnectorCard = z.output<typeof ConnectorCard>;

export const ConnectorList = z.object({ items: z.array(ConnectorCard) }).meta({ id: 'ConnectorList' });
