import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { PhoneNumber } from './gateway.schema.js';

/** Read twice, with room for what has to be written differently: about two minutes. */
const CALL_TEXT_AT_MOST = 600;

export const NewCall = z
  .object({
    to: PhoneNumber.meta({ description: 'One of the client’s telephone contacts.' }),
    text: z.string().trim().min(1).max(CALL_TEXT_AT_MOST).meta({ description: 'What is read aloud, twice.' }),
    language: z.enum(['en', 'it']).optional().meta({ description: 'Whose voice reads it; left out: the client’s.' }),
  })
  .meta({ id: 'NewPhoneCall' });
export type NewCall = z.output<typeof NewCall>;

export const callStates = ['waiting', 'calling', 'called', 'failed', 'unconfirmed', 'over-cap', 'caught'] as const;

export const Call = z
  .object({
    id: z.string(), clientId: z.string(),
    person: z.string().nullable().meta({ description: 'The member who was called; null = a contact of the client.' }),
    to: z.string().meta({ description: 'Of a member only its end.' }),
    reason: z.enum(['urgent', 'person']), text: z.string(), language: z.enum(['en', 'it']),
    state: z.enum(callStates).meta({ description: '`unconfirmed`: it may have rung, and is not repeated. `caught`: a demo, nobody was called.' }),
    answer: z.enum(['answered', 'busy', 'no-answer']).nullable(),
    why: z.string().nullable().meta({ description: 'Why it waits, or was not made.' }),
    detail: z.string().nullable().meta({ description: 'What the gateway says of it.' }),
    costMinor: z.number().nullable(), currency: z.string().nullable(),
    createdAt: z.string(), endedAt: z.string().nullable(),
  })
  .meta({ id: 'PhoneCall' });
export type Call = z.output<typeof Call>;
export const CallPage = pageOf('PhoneCallPage', Call);
export const CallQuery = PageQuery;

/** Why a call waits, or was not made; what the gateway says of it stands beside. */
export const callReasons = {
  'no-gateway': { en: 'There is no gateway that can call: set up Twilio with a number of its own.', it: 'Non c’è un gateway che possa chiamare: configura Twilio con un numero proprio.' },
  'gateway-down': { en: 'The gateway is down. It is tried again until it is too late.', it: 'Il gateway non funziona. Si riprova finché non è troppo tardi.' },
  'not-taken': { en: 'The gateway did not take it. It is tried again until it is too late.', it: 'Il gateway non l’ha presa. Si riprova finché non è troppo tardi.' },
  stuck: {
    en: 'Something here keeps it from being made; the log says what. It is tried again until it is too late.',
    it: 'Qualcosa in questa installazione impedisce di farla; il log dice cosa. Si riprova finché non è troppo tardi.',
  },
  'too-late': { en: 'It could not be made in time. Reach them another way.', it: 'Non è stato possibile farla in tempo. Contatta la persona in un altro modo.' },
  'not-wanted': { en: 'This number is no longer to be called.', it: 'Questo numero non va più chiamato.' },
  settled: { en: 'Somebody had taken care of it before it was made.', it: 'Qualcuno se n’era già occupato prima che venisse fatta.' },
  'next-asked': { en: 'The next person was asked before it was made.', it: 'Prima che venisse fatta è stata interpellata la persona successiva.' },
  'over-cap': { en: 'It would have exceeded this client’s monthly limit. Raise the limit, or reach them another way.', it: 'Avrebbe superato il limite mensile di questo cliente. Alza il limite, o contatta la persona in un altro modo.' },
  'cut-off': { en: 'It was cut off while the gateway was asked: it may have rung, and is not repeated.', it: 'È stata interrotta mentre si interrogava il gateway: potrebbe aver squillato, e non viene ripetuta.' },
  'no-answer': { en: 'The gateway did not say whether it took it: it may have rung, and is not repeated.', it: 'Il gateway non ha detto se l’ha presa: potrebbe aver squillato, e non viene ripetuta.' },
  refused: { en: 'The gateway does not call this number. Check it, or reach them another way.', it: 'Il gateway non chiama questo numero. Controllalo, o contatta la persona in un altro modo.' },
  'opted-out': { en: 'This number wants nothing of us.', it: 'Questo numero non vuole ricevere nulla da noi.' },
  account: { en: 'The gateway does not let us in. Check its account.', it: 'Il gateway non ci lascia entrare. Controlla il suo account.' },
} as const;
export type CallReason = keyof typeof callReasons;
export const isCallReason = (code: string): code is CallReason => code in callReasons;
