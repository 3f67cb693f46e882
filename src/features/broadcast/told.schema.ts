/**
 * Why newsletters wait, or ended without everybody. `{detail}` = the mail server's words, or what is wrong here, `{count}` = how many wait or went without,
 * `{got}` = how many had it.
 */
export const newsletterReasons = {
  away: { en: 'The mail server takes none of the mails ({detail}).', it: 'Il server di posta non accetta nessuna delle e-mail ({detail}).' },
  stuck: { en: 'Postern cannot send it: {detail}', it: 'Postern non riesce a inviarla: {detail}' },
  'warm-up': { en: 'The sender is new, and may not write to more people today: {count} wait until tomorrow.', it: 'Il mittente è nuovo e oggi non può scrivere ad altre persone: {count} aspettano fino a domani.' },
  unverified: { en: 'Its sender is not verified any more: check what it shows for the DNS.', it: 'Il suo mittente non è più verificato: controlla le righe indicate per il DNS.' },
  'pause-over': { en: 'The pause that held it is over, and somebody is to look before it goes on: let it go on, or stop it.', it: 'La pausa che la tratteneva è finita e qualcuno deve guardarla prima che prosegua: riattivala o fermala.' },
  'too-late': { en: 'It became too late: {got} people got it, {count} did not.', it: 'Si è fatto troppo tardi: {got} persone l’hanno ricevuta, {count} no.' },
  'dropped-after-pause': { en: 'A pause held it, and what it held was to be dropped at its end: {got} people got it, {count} did not.', it: 'La tratteneva una pausa, e ciò che tratteneva andava scartato alla fine: {got} persone l’hanno ricevuta, {count} no.' },
  nobody: {
    en: 'None of {count} people got it: for {expired} it became too late, {failed} were refused by their mail server, {unwanted} want no more. Its post counts as not sent: it waits for its platform or for you.',
    it: 'Non l’ha ricevuta nessuno di {count}: per {expired} si è fatto troppo tardi, {failed} sono stati rifiutati dal loro server di posta, {unwanted} non ne vogliono più. Il suo post conta come non inviato: aspetta la sua piattaforma o te.',
  },
} as const;
export type NewsletterReason = keyof typeof newsletterReasons;
