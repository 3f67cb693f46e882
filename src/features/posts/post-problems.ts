import { editedMeanwhile, problems } from '../../infra/http/problem.js';

/** What can be wrong about a post, and what to do about it. */
export const fail = problems({
  'post-not-found': {
    status: 404,
    en: 'There is no such post in this workspace. Check the id.',
    it: 'In questo workspace non c’è un post con questo id. Controllalo.',
  },
  'delivery-not-found': {
    status: 404,
    en: 'There is no such delivery in this workspace. Check the id.',
    it: 'In questo workspace non c’è una consegna con questo id. Controllalo.',
  },
  'fallback-not-found': {
    status: 404,
    en: 'Nothing is written for this outlet. See the list of the post’s fallbacks.',
    it: 'Per questa via non è scritto nulla. Guarda l’elenco delle versioni alternative del post.',
  },
  'not-out-elsewhere': {
    status: 409,
    en: 'It is still on its way elsewhere. Wait until it is out there; if nothing comes of it, it waits for its own platform again.',
    it: 'Altrove è ancora in partenza. Aspetta che esca; se non ne esce nulla, torna ad aspettare la sua piattaforma.',
  },
  'already-settled': {
    status: 409,
    en: 'This is decided already, or nothing came of it elsewhere and it waits for its own platform again. Read it again.',
    it: 'È già stato deciso, oppure altrove non è uscito nulla e aspetta di nuovo la sua piattaforma. Rileggilo.',
  },
  'client-not-found': {
    status: 404,
    en: 'There is no such client in this workspace. Check the id.',
    it: 'In questo workspace non c’è un cliente con questo id. Controllalo.',
  },
  'channel-not-found': {
    status: 404,
    en: 'There is no such channel in this workspace: {channelId}. Take one of the client’s channels.',
    it: 'In questo workspace non c’è questo canale: {channelId}. Scegli uno dei canali del cliente.',
  },
  'channel-of-another-client': {
    status: 422,
    en: 'The channel “{channel}” belongs to another client. Take one of this client’s channels.',
    it: 'Il canale “{channel}” appartiene a un altro cliente. Scegli uno dei canali di questo cliente.',
  },
  'channel-unusable': {
    status: 422,
    en: 'The channel “{channel}” is of a kind this version of Postern does not know. Take another channel, or update Postern.',
    it: 'Il canale “{channel}” è di un tipo che questa versione di Postern non conosce. Scegli un altro canale o aggiorna Postern.',
  },
  'variant-without-channel': {
    status: 422,
    en: 'There is a variant for the channel {channelId}, but the post does not go there. Add the channel or drop the variant.',
    it: 'C’è una variante per il canale {channelId}, ma il post non va lì. Aggiungi il canale o togli la variante.',
  },
  'variant-twice': {
    status: 422,
    en: 'There are two variants for the channel “{channel}”. Leave one of them out.',
    it: 'Ci sono due varianti per il canale “{channel}”. Togline una.',
  },
  'channels-needed': {
    status: 422,
    en: 'Choose at least one channel, or save the post as a draft.',
    it: 'Scegli almeno un canale, oppure salva il post come bozza.',
  },
  'media-not-found': {
    status: 422,
    en: 'There is no such medium in this workspace: {mediaId}. Upload it first, then use the id you get.',
    it: 'In questo workspace non c’è questo file: {mediaId}. Caricalo prima, poi usa l’id che ricevi.',
  },
  'content-breaks-limits': {
    status: 422,
    en: 'Some channels would not take this: see `violations`, shorten or change what they name, then send it again.',
    it: 'Alcuni canali non lo accetterebbero: guarda `violations`, accorcia o cambia quel che indicano, poi invia di nuovo.',
  },
  'time-needed': {
    status: 422,
    en: 'Say when: `wallAt`, or `slot: "next"`; or save the post as a draft.',
    it: 'Indica quando: `wallAt`, oppure `slot: "next"`; o salva il post come bozza.',
  },
  'time-invalid': {
    status: 422,
    en: '“{wallAt}” is no date and time. Write it as 2026-07-01T09:00, without an offset: the zone stands beside it.',
    it: '“{wallAt}” non è una data con ora. Scrivila come 2026-07-01T09:00, senza fuso: la zona sta a parte.',
  },
  'zone-unknown': {
    status: 422,
    en: '“{zone}” is no time zone. Take a name of the IANA list, such as Europe/Rome.',
    it: '“{zone}” non è un fuso orario. Usa un nome della lista IANA, come Europe/Rome.',
  },
  'in-the-past': {
    status: 422,
    en: '{wallAt} in {zone} is in the past. Choose a time to come.',
    it: '{wallAt} in {zone} è nel passato. Scegli un orario futuro.',
  },
  'calendar-too-full': {
    status: 422,
    en: 'There are more than {most} posts in this time. Ask for a shorter time, or for one client.',
    it: 'In questo periodo ci sono più di {most} post. Chiedi un periodo più breve, o un solo cliente.',
  },
  'too-far-ahead': {
    status: 422,
    en: '{wallAt} is more than ten years ahead. Check the year and choose an earlier time.',
    it: '{wallAt} è tra più di dieci anni. Controlla l’anno e scegli un orario più vicino.',
  },
  'time-does-not-exist': {
    status: 422,
    en: 'On that day the clocks of {zone} jump over {wallAt}. The two nearest times are {before} and {after}: choose one.',
    it: 'Quel giorno gli orologi di {zone} saltano {wallAt}. I due orari più vicini sono {before} e {after}: scegline uno.',
  },
  'no-free-slot': {
    status: 422,
    en: 'This client has no free slot for these channels in the next year. Add slots, or choose a time.',
    it: 'Questo cliente non ha fasce libere per questi canali nel prossimo anno. Aggiungi fasce o scegli un orario.',
  },
  ...editedMeanwhile,
  'in-flight': {
    status: 409,
    en: 'It is being sent right now, or it is not yet known whether it is out. Wait a moment and try again.',
    it: 'Lo stiamo inviando proprio ora, o non si sa ancora se è uscito. Attendi un momento e riprova.',
  },
  'post-cancelled': {
    status: 409,
    en: 'This post was cancelled. Make a new one.',
    it: 'Questo post è stato annullato. Creane uno nuovo.',
  },
  'already-planned': {
    status: 409,
    en: 'A planned post cannot become a draft again. Send it back to review with `editing: "in-review"`, or cancel it.',
    it: 'Un post pianificato non può tornare bozza. Rimandalo in revisione con `editing: "in-review"`, o annullalo.',
  },
  'nothing-left': {
    status: 409,
    en: 'Nothing of this post is still waiting to go out, so there is nothing to change. Make a new one.',
    it: 'Di questo post non c’è più niente in attesa di uscire, quindi non c’è niente da cambiare. Creane uno nuovo.',
  },
  'thread-begun': {
    status: 409,
    en: 'On “{channel}” the first parts are out already: the rest can be reworded, but not dropped, and the channel not taken out.',
    it: 'Su “{channel}” le prime parti sono già uscite: il resto si può riscrivere ma non togliere, e il canale deve restare.',
  },
  'channel-ended': {
    status: 409,
    en: 'On “{channel}” this post has ended already ({state}), so the channel stays in its history.',
    it: 'Su “{channel}” questo post è già concluso ({state}), quindi il canale resta nella sua storia.',
  },
  'went-there-instead': {
    status: 409,
    en: 'On “{channel}” this post goes out in another channel’s place already. Leave that channel out: nobody gets the same post twice.',
    it: 'Su “{channel}” questo post esce già al posto di un altro canale. Lascia fuori quel canale: nessuno riceve due volte lo stesso post.',
  },
  'on-its-way-elsewhere': {
    status: 409,
    en: 'This post is just going out another way, so it cannot be moved. What it says can be edited; look again in a minute.',
    it: 'Questo post sta uscendo proprio ora per un’altra via, quindi non si può spostare. Il testo si può modificare; riprova tra un minuto.',
  },
  'not-retryable': {
    status: 409,
    en: 'Only what failed or was missed can be tried again; this delivery is {state}.',
    it: 'Si può ritentare solo ciò che è fallito o è stato mancato; questa consegna è nello stato “{state}”.',
  },
  'too-many-matches': {
    status: 422,
    en: 'The filter matches {count} deliveries; at most {max} are changed at once. Narrow it, for example by client or by day.',
    it: 'Il filtro trova {count} consegne; se ne cambiano al massimo {max} per volta. Restringilo, per esempio per cliente o per giorno.',
  },
  'move-not-possible': {
    status: 422,
    en: 'Some posts cannot be moved to that time: see `posts`. Nothing was moved.',
    it: 'Alcuni post non si possono spostare a quell’orario: guarda `posts`. Non è stato spostato niente.',
  },
});
