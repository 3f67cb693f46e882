/** Why a delivery is in its state, in a sentence a person understands (invariant 5). `{detail}` = the platform's words. */
const sentences = {
  'waits-for-approval': { en: 'Waits for approval.', it: 'In attesa di approvazione.' },
  paused: { en: 'Publishing is paused.', it: 'La pubblicazione è in pausa.' },
  'account-down': { en: 'The account has to be reconnected before anything can go out: {detail}', it: 'Prima di pubblicare bisogna ricollegare l’account: {detail}' },
  'account-checked': {
    en: 'The platform did not accept this account ({detail}). We are checking whether others see it too: do not reconnect or appeal yet.',
    it: 'La piattaforma non ha accettato questo account ({detail}). Stiamo verificando se capita anche ad altri: per ora non ricollegarlo e non fare ricorso.',
  },
  'we-were-away': {
    en: 'Postern was not running when this was due. Nothing goes out late by itself: release, move or drop it.',
    it: 'Postern non era in funzione all’ora prevista. Niente esce in ritardo da solo: pubblicalo, spostalo o scartalo.',
  },
  restored: {
    en: 'This installation was restored or copied, so this may be out already. Check, then release, move or drop it.',
    it: 'Questa installazione è stata ripristinata o copiata, quindi potrebbe essere già uscito. Controlla, poi pubblicalo, spostalo o scartalo.',
  },
  'perhaps-out': {
    en: 'This installation was restored or copied, and the same words stand on the platform already ({detail}). Look there, then release, move or drop it.',
    it: 'Questa installazione è stata ripristinata o copiata, e sulla piattaforma ci sono già le stesse parole ({detail}). Guarda lì, poi pubblicalo, spostalo o scartalo.',
  },
  'late-limit-passed': {
    en: 'It could not go out in time. Release, move or drop it.',
    it: 'Non è potuto uscire in tempo. Pubblicalo, spostalo o scartalo.',
  },
  'hour-has-passed': {
    en: 'Its hour passed before it could go out: {detail}',
    it: 'La sua ora è passata prima che potesse uscire: {detail}',
  },
  'platform-not-back': { en: 'Its hour passed before the platform was back.', it: 'La sua ora è passata prima che la piattaforma tornasse.' },
  'platform-down': { en: 'The platform is down. It goes out when the platform is back.', it: 'La piattaforma non funziona. Uscirà quando torna.' },
  'we-are-offline': { en: 'Our own network is in doubt. Nothing goes out until it is back.', it: 'La nostra rete è in dubbio. Non esce niente finché non torna.' },
  blocked: {
    en: 'The platform has not taken it for a while ({detail}). We keep trying until its late limit.',
    it: 'La piattaforma non lo accetta da un po’ ({detail}). Continuiamo a provare fino al suo limite.',
  },
  retrying: { en: 'The platform did not take it ({detail}). We try again.', it: 'La piattaforma non l’ha accettato ({detail}). Riproviamo.' },
  throttled: { en: 'The platform asks us to go slower ({detail}).', it: 'La piattaforma chiede di andare più piano ({detail}).' },
  pace: { en: 'Late posts go out one after the other, at a safe pace.', it: 'I post in ritardo escono uno alla volta, a un ritmo sicuro.' },
  'words-of-time': {
    en: 'It is late, and it speaks of its time (“{detail}”). Read it, then release, edit or drop it.',
    it: 'È in ritardo e parla del suo momento («{detail}»). Rileggilo, poi pubblicalo, modificalo o scartalo.',
  },
  'asked-in-outage': {
    en: 'The platform is down, and somebody was asked what to do. Without an answer it goes out once the platform is back.',
    it: 'La piattaforma non funziona e a qualcuno è stato chiesto che cosa fare. Senza risposta esce quando la piattaforma torna.',
  },
  'no-way-out': {
    en: 'It was to go out another way, and none can be used now: {detail}. It waits for its platform.',
    it: 'Doveva uscire per un’altra via, ma ora non se ne può usare nessuna: {detail}. Aspetta la sua piattaforma.',
  },
  'rerouted-outage': { en: 'The platform was down, so it was sent another way, by {detail}.', it: 'La piattaforma non funzionava, quindi è stato inviato per un’altra via, con {detail}.' },
  'rerouted-late': { en: 'It could not go out in time, so it was sent another way, by {detail}.', it: 'Non è potuto uscire in tempo, quindi è stato inviato per un’altra via, con {detail}.' },
  'rerouted-by-hand': { en: 'Sent another way by a person: {detail}.', it: 'Inviato per un’altra via da una persona: {detail}.' },
  'other-ways-failed': { en: 'It was to go out another way ({detail}), and did not.', it: 'Doveva uscire per un’altra via ({detail}), ma non è uscito.' },
  'dropped-in-outage': { en: 'The platform was down, and this post was to be dropped then.', it: 'La piattaforma non funzionava e in quel caso questo post andava scartato.' },
  'pause-over': { en: 'The pause that held it is over. Release, move or drop it.', it: 'La pausa che lo tratteneva è finita. Pubblicalo, spostalo o scartalo.' },
  'dropped-after-pause': { en: 'A pause held it, and what it held was to be dropped at its end.', it: 'Lo tratteneva una pausa, e ciò che tratteneva andava scartato alla fine.' },
  'moved-to-slot': { en: 'It could not go out in time, so it moved to the next free slot.', it: 'Non è potuto uscire in tempo, quindi è passato al prossimo slot libero.' },
  crowded: { en: 'Many posts go to this platform right now; this one is next.', it: 'Molti post vanno ora su questa piattaforma; questo è tra i prossimi.' },
  'reached-nobody': { en: 'It was taken, and reached nobody.', it: 'È stato accettato, ma non è arrivato a nessuno.' },
  'not-taken': { en: 'It could not go out: {detail}', it: 'Non è potuto uscire: {detail}' },
  refused: { en: 'The platform refused it: {detail}', it: 'La piattaforma l’ha rifiutato: {detail}' },
  uncertain: {
    en: 'The platform gave no clear answer ({detail}). We look whether it is out before anything else happens to it.',
    it: 'La piattaforma non ha risposto in modo chiaro ({detail}). Prima di ogni altra cosa verifichiamo se è uscito.',
  },
  'no-answer-written': {
    en: 'Postern stopped while it was being sent. We look whether it is out before anything else happens to it.',
    it: 'Postern si è fermato durante l’invio. Prima di ogni altra cosa verifichiamo se è uscito.',
  },
  'ask-person': {
    en: 'Nobody but you can tell whether this is out: look on the platform, then say so here.',
    it: 'Solo tu puoi dire se è uscito: guarda sulla piattaforma e dillo qui.',
  },
  'never-found': {
    en: 'It was sent three times and never appeared on the platform. Look there before you send it again.',
    it: 'È stato inviato tre volte e non è mai comparso sulla piattaforma. Controlla lì prima di inviarlo di nuovo.',
  },
  'found-absent': { en: 'It was not on the platform after all, so it is sent again.', it: 'Non era sulla piattaforma, quindi viene inviato di nuovo.' },
  'found-there': { en: 'It was found on the platform.', it: 'È stato trovato sulla piattaforma.' },
  'said-by-hand': { en: 'A person said that it is out: {detail}', it: 'Una persona ha detto che è uscito: {detail}' },
  'said-absent': { en: 'A person said that it is not out.', it: 'Una persona ha detto che non è uscito.' },
  vanished: {
    en: 'The platform took it, and now it is nowhere to be seen there. Look on the platform; if it is gone, schedule it anew.',
    it: 'La piattaforma l’ha accettato, ma ora lì non si vede. Controlla sulla piattaforma; se non c’è più, programmalo di nuovo.',
  },
  incomplete: { en: 'A person ended it with parts missing.', it: 'Una persona l’ha chiuso con parti mancanti.' },
  superseded: { en: 'A newer one of the same series is due, so this one is left out.', it: 'Ce n’è uno più recente della stessa serie, quindi questo non esce.' },
  dropped: { en: 'Dropped by {detail}.', it: 'Scartato da {detail}.' },
  'by-hand': { en: 'It waits for a person to post it on {detail}, and to say so.', it: 'Aspetta che una persona lo pubblichi su {detail} e lo dica.' },
  'not-now': { en: 'Not now, said {detail}. Somebody is asked again later to post it by hand.', it: 'Non ora, ha detto {detail}. Più tardi verrà chiesto di nuovo di pubblicarlo a mano.' },
  released: { en: 'Released by {detail}.', it: 'Sbloccato da {detail}.' },
  'our-fault': { en: 'Something is wrong on our side ({detail}). We try again and tell the operator.', it: 'C’è un problema da parte nostra ({detail}). Riproviamo e avvisiamo il gestore.' },
} as const;

export type ReasonCode = keyof typeof sentences;

export interface Reason {
  readonly code: ReasonCode;
  readonly detail?: string;
  /** Where the detail is a sentence of ours and not a platform's words. */
  readonly detailIt?: string;
}

/** As it stands in a row, perhaps of a newer version. */
export interface StoredReason {
  readonly code: string;
  readonly detail?: string | undefined;
  readonly detailIt?: string | undefined;
}

export const reasonCodes = Object.keys(sentences) as readonly ReasonCode[];

/** The reason in the reader's language. An unknown code (written by a newer version) stays readable. */
export function sentence(reason: StoredReason, language: 'en' | 'it'): string {
  const known = Object.hasOwn(sentences, reason.code) ? sentences[reason.code as ReasonCode][language] : `${reason.code}: {detail}`;
  const detail = language === 'it' ? (reason.detailIt ?? reason.detail) : reason.detail;
  if (detail === undefined || detail === '') return known.replace(/ \([“«]?\{detail\}[”»]?\)/, '').replace(/: \{detail\}\.?/, '.').replace('{detail}', '–');
  return known.replace('{detail}', () => detail); // a function: "$&" in a platform's words is text
}
