import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'round-unknown': { status: 404, en: 'There is no such round of SMS in this workspace. Check the id.', it: 'In questo workspace non c’è questo invio di SMS. Controlla l’id.' },
  'round-not': { status: 409, en: 'It is {state}: that cannot be done with it now. Read it again.', it: 'È nello stato {state}: ora non si può fare. Rileggilo.' },
  'channel-no-sms': { status: 404, en: 'There is no SMS channel by this id in this workspace. Check the id, or connect one.', it: 'In questo workspace non c’è un canale SMS con questo id. Controlla l’id, o collegane uno.' },
  'cap-other-currency': {
    status: 422, en: 'The gateway of this workspace counts in {gateway}, so a limit in {cap} would count for nothing. Set it in {gateway}.', it: 'Il gateway di questo workspace conta in {gateway}, quindi un limite in {cap} non varrebbe nulla. Impostalo in {gateway}.',
  },
  ...editedMeanwhile,
});

/** Why no SMS goes out: told before, and when somebody tries. */
export const obstacles = {
  'no-gateway': { en: 'This workspace has no gateway for SMS yet: set one up.', it: 'Questo workspace non ha ancora un gateway per gli SMS: configuralo.' },
  'gateway-shut': { en: 'The gateway did not let us in the last time ({trouble}): look at its account.', it: 'L’ultima volta il gateway non ci ha lasciati entrare ({trouble}): controlla il suo account.' },
  night: {
    en: 'It would be outside the hours of SMS there (09:00 to 20:00, inside the client’s day): in another outlet’s place none goes then.',
    it: 'Lì sarebbe fuori dagli orari degli SMS (dalle 09:00 alle 20:00, nella giornata del cliente): al posto di un’altra via non ne parte nessuno.',
  },
  'no-cap': { en: 'SMS are off for this client: set a monthly limit for them.', it: 'Gli SMS sono spenti per questo cliente: imposta un limite mensile.' },
  'other-currency': {
    en: 'The monthly limit is in {cap}, and the gateway counts in {gateway}: set it in {gateway}.',
    it: 'Il limite mensile è in {cap}, ma il gateway conta in {gateway}: impostalo in {gateway}.',
  },
  'over-cap': {
    en: 'It would cost {cost}, and of the month’s limit {left} is left: shorten it, write to fewer people, or raise the limit.',
    it: 'Costerebbe {cost}, e del limite del mese resta {left}: accorcialo, scrivi a meno persone o alza il limite.',
  },
  'not-public': { en: 'Postern has no public https address yet, so nobody could answer STOP: set PUBLIC_URL.', it: 'Postern non ha ancora un indirizzo https pubblico, quindi nessuno potrebbe rispondere STOP: imposta PUBLIC_URL.' },
  'not-public-link': {
    en: 'Postern has no public https address yet, so the link by which people get rid of these SMS would lead nowhere: set PUBLIC_URL.',
    it: 'Postern non ha ancora un indirizzo https pubblico, quindi il link con cui ci si cancella da questi SMS non porterebbe a nulla: imposta PUBLIC_URL.',
  },
  'other-clients-list': { en: 'One of its lists is gone, is of e-mails, or belongs to another client: choose lists of phone numbers of this client.', it: 'Una delle sue liste non c’è più, è di e-mail o è di un altro cliente: scegli liste di numeri di telefono di questo cliente.' },
  'no-fallback-consent': { en: 'The people of {list} did not agree to messages that go out because a platform is down: use another list.', it: 'Gli iscritti di {list} non hanno accettato messaggi inviati perché una piattaforma non funziona: usa un’altra lista.' },
  nobody: { en: 'Nobody would get it: nobody on its lists is confirmed, or they all have one on that day.', it: 'Non lo riceverebbe nessuno: nelle sue liste non c’è nessun iscritto confermato, o quel giorno ne hanno già uno tutti.' },
  'not-approved': { en: 'Nobody has approved what it says: look through it and approve it.', it: 'Nessuno ha approvato il testo: rileggilo e approvalo.' },
  'too-long': { en: 'It is too long for an SMS: {units} of {most}. Shorten it.', it: 'È troppo lungo per un SMS: {units} su {most}. Accorcialo.' },
  stopped: { en: 'Somebody stopped this.', it: 'Qualcuno lo ha fermato.' },
} as const;
/** Why nothing is taken back. */
export const isOut = { en: 'It is out already, or was stopped.', it: 'È già uscito, o è stato fermato.' } as const;

export type Obstacle = keyof typeof obstacles;
