import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'sender-unknown': { status: 404, en: 'There is no such sender in this workspace. Check the id.', it: 'In questo workspace non c’è questo mittente. Controlla l’id.' },
  'sender-there': { status: 409, en: 'This client has a sender already. Change that one.', it: 'Questo cliente ha già un mittente. Modifica quello.' },
  'sender-reader-only': { status: 422, en: '{to} is no member of this workspace. A trial goes to members only: take your own address.', it: '{to} non è membro di questo workspace. Una prova va solo ai membri: usa il tuo indirizzo.' },
  'mail-server-refused': { status: 422, en: 'This mail server cannot be used: {detail}. Correct its URL.', it: 'Questo server di posta non si può usare: {detail}. Correggi il suo URL.' },
  'template-unknown': { status: 404, en: 'There is no such template in this workspace. Check the id.', it: 'In questo workspace non c’è questo modello. Controlla l’id.' },
  'template-faulty': {
    status: 422,
    en: 'This template cannot be used. Line {line}: {detail}. Correct it and save it again.',
    it: 'Questo modello non si può usare. Riga {line}: {detail}. Correggilo e salvalo di nuovo.',
  },
  'broadcast-unknown': { status: 404, en: 'There is no such newsletter in this workspace. Check the id.', it: 'In questo workspace non c’è questa newsletter. Controlla l’id.' },
  'broadcast-gone': {
    status: 409,
    en: 'Its audience is frozen: it is {state} and cannot be changed any more. Stop it, if it must not go on.',
    it: 'I suoi destinatari sono fissati: è nello stato {state} e non si può più modificare. Fermala, se non deve proseguire.',
  },
  'broadcast-not': {
    status: 409,
    en: 'It is {state}: that cannot be done with it now. Read it again.',
    it: 'È nello stato {state}: ora non si può fare. Rileggila.',
  },
  'post-not-for-list': { status: 404, en: 'There is no such post, or it is planned on no newsletter by this id. Check both ids.', it: 'Questo post non c’è, o non è previsto in nessuna newsletter con questo id. Controlla i due id.' },
  'hook-unsigned': { status: 401, en: 'The signature does not fit. Sign `<timestamp>.<body>` with the secret of this sender.', it: 'La firma non corrisponde. Firma `<timestamp>.<corpo>` con il segreto di questo mittente.' },
  ...editedMeanwhile,
});

/** Why no mail goes out to real people: told before, and when somebody tries. */
export const obstacles = {
  'no-sender': { en: 'This client has no sender yet: set one up.', it: 'Questo cliente non ha ancora un mittente: configuralo.' },
  'sender-unverified': { en: 'The sender is not verified: put the lines it shows into the DNS and check it.', it: 'Il mittente non è verificato: inserisci nel DNS le righe indicate e controllalo.' },
  'sender-paused': { en: 'The sender is paused: look at why, then resume it.', it: 'Il mittente è in pausa: guarda il motivo, poi riattivalo.' },
  'not-https': { en: 'Postern has no public https address yet, so nobody could unsubscribe: set PUBLIC_URL.', it: 'Postern non ha ancora un indirizzo https pubblico, quindi nessuno potrebbe annullare l’iscrizione: imposta PUBLIC_URL.' },
  'not-approved': { en: 'Nobody has approved what it says: look through it and approve it.', it: 'Nessuno ha approvato il testo: rileggilo e approvalo.' },
  'other-clients-list': { en: 'One of its lists is gone, or belongs to another client: choose lists of this client.', it: 'Una delle sue liste non c’è più, o è di un altro cliente: scegli liste di questo cliente.' },
  'no-fallback-consent': { en: 'The people of {list} agreed to the newsletter, not to messages that go out because a platform is down: use another list.', it: 'Gli iscritti di {list} hanno accettato la newsletter, non i messaggi inviati perché una piattaforma non funziona: usa un’altra lista.' },
  'nobody': { en: 'Nobody would get it: nobody on its lists is confirmed.', it: 'Non la riceverebbe nessuno: nelle sue liste non c’è nessun iscritto confermato.' },
  'template-faulty': { en: 'Its template cannot be used. Line {line}: {detail}.', it: 'Il suo modello non si può usare. Riga {line}: {detail}.' },
  'fallback-today': { en: 'This brand has had its newsletter of this outage today.', it: 'Questo marchio ha già avuto oggi la sua newsletter per questo disservizio.' },
  stopped: { en: 'Somebody stopped this newsletter.', it: 'Qualcuno ha fermato questa newsletter.' },
} as const;
/** Why nothing is taken back. */
export const isOut = { en: 'It is out already, or was stopped.', it: 'È già uscita, o è stata fermata.' } as const;

export type Obstacle = keyof typeof obstacles;
