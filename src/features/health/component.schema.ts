import { z } from 'zod';
import { verdicts } from '../../core/verdict.js';
import { causes } from '../../core/signal.js';
import { said } from '../../infra/http/said.schema.js';

const MOST_DAYS = 30;

/** What an operator may say of a component. */
export const wordStates = ['up', 'down', 'maintenance'] as const;

export const Word = z
  .object({ state: z.enum(wordStates), reason: z.string(), until: z.iso.datetime(), saidBy: z.string().meta({ description: 'Who said it.' }) })
  .meta({ id: 'OperatorWord' });
export type Word = z.output<typeof Word>;

export const NewWord = z
  .strictObject({
    state: z.enum(wordStates),
    reason: z.string().trim().min(1).max(500).meta({ description: 'Why; every workspace with a channel there reads it.' }),
    hours: z.number().positive().max(MOST_DAYS * 24, { error: said({ en: `must be at most ${MOST_DAYS} days (${MOST_DAYS * 24})`, it: `deve essere al massimo ${MOST_DAYS} giorni (${MOST_DAYS * 24})` }) })
      .meta({ description: 'For how long it holds, in hours; it ends by itself.' }),
  })
  .meta({ id: 'NewOperatorWord' });
export type NewWord = z.output<typeof NewWord>;

export const ComponentHealth = z
  .object({
    id: z.string().meta({ description: 'Platform, what of it, and the host that answers: mastodon:publish@mastodon.social.' }),
    connectorId: z.string(),
    host: z.string(),
    state: z.enum(verdicts),
    since: z.iso.datetime(),
    impaired: z.boolean().meta({ description: 'Nothing can be said, because our own network is in doubt.' }),
    cause: z.enum(causes).meta({ description: 'The likeliest cause, for people inside; not what the platform says.' }),
    confidence: z.number().meta({ description: 'Of the cause, 0 to 1.' }),
    scope: z.enum(['none', 'account', 'app', 'component', 'group', 'self']).meta({ description: 'Whose fault it is, as narrow as the evidence allows: single accounts, our app\'s credential, this component, all of its infrastructure, our own network.' }),
    accounts: z.array(z.uuid()).meta({ description: 'Channels of this workspace whose fault it is, where it is accounts.' }),
    saying: z.string().nullable().meta({ description: 'Whose fault it is, for people.' }),
    held: z.number().meta({ description: 'Deliveries of this workspace that wait for it.' }),
    word: Word.nullable().meta({ description: 'What the operator says; it wins over all that was measured.' }),
  })
  .meta({ id: 'ComponentHealth' });
export type ComponentHealth = z.output<typeof ComponentHealth>;

export const OutletHealth = z
  .object({ id: z.string(), name: z.string(), state: z.enum(verdicts), since: z.iso.datetime().nullable().meta({ description: 'null: nobody has judged it yet.' }), impaired: z.boolean() })
  .meta({ id: 'OutletHealth' });
export type OutletHealth = z.output<typeof OutletHealth>;

export const ComponentList = z
  .object({ items: z.array(ComponentHealth), outlets: z.array(OutletHealth).meta({ description: 'Ways out of the installation that are no channels, such as the roads by which mail leaves.' }) }).meta({ id: 'ComponentList' });
export type ComponentList = z.output<typeof ComponentList>;

export const ComponentId = z.string().max(300).regex(/^[a-z0-9-]+:[a-z]+@[^\s/]+(\/[^\s/]+)*$/, { error: said({ en: 'is the id of a component, like mastodon:publish@mastodon.social', it: 'è l’id di un componente, come mastodon:publish@mastodon.social' }) });
