import { fill, type Language, type Sentence } from '../../infra/http/problem.js';

/** Whose fault it is, in words for people. "Reconnect" is said of an account that is blamed, and of no other. */
const words = {
  self: {
    en: 'Our own network is in doubt, so nothing can be said of {platform}. There is nothing to do on the account.',
    it: 'La nostra rete è in dubbio, quindi di {platform} non si può dire niente. Sull’account non c’è niente da fare.',
  },
  app: {
    en: '{platform} refuses the app Postern signs in with, not the accounts: the operator has to renew its access. Do not reconnect.',
    it: '{platform} rifiuta l’applicazione con cui Postern accede, non gli account: il gestore deve rinnovarne l’accesso. Non ricollegare.',
  },
  component: {
    en: '{platform} itself is in trouble, not the account: there is nothing to reconnect.',
    it: 'È {platform} ad avere problemi, non l’account: non c’è niente da ricollegare.',
  },
  group: {
    en: '{platform} is in trouble together with what runs on the same infrastructure, not the account: there is nothing to reconnect.',
    it: '{platform} ha problemi insieme a ciò che usa la stessa infrastruttura; non è l’account: non c’è niente da ricollegare.',
  },
  suspected: {
    en: '{platform} itself seems to be in trouble. We are checking: do not reconnect or appeal yet.',
    it: 'Sembra che {platform} stessa abbia problemi. Stiamo verificando: per ora non ricollegare e non fare ricorso.',
  },
  accounts: {
    en: '{platform} works. What fails are single accounts: see their channels.',
    it: '{platform} funziona. A non funzionare sono singoli account: guarda i loro canali.',
  },
  failing: {
    en: 'Posts fail on this account and not on others of {platform}. We keep trying; it need not be reconnected.',
    it: 'I post non escono su questo account, mentre sugli altri di {platform} sì. Continuiamo a provare; non serve ricollegarlo.',
  },
  checking: {
    en: '{platform} did not accept this account. We are checking whether others see it too: do not reconnect or appeal yet.',
    it: '{platform} non ha accettato questo account. Stiamo verificando se capita anche ad altri: per ora non ricollegarlo e non fare ricorso.',
  },
  reconnect: {
    en: '{platform} does not accept this account any more, and it alone: reconnect this account.',
    it: '{platform} non accetta più questo account, e solo questo: ricollega questo account.',
  },
} as const satisfies Readonly<Record<string, Sentence>>;

export function scopeSentence(what: keyof typeof words, platform: string, language: Language): string {
  return fill(words[what][language], { platform });
}
