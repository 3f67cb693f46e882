import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'channel-not-found': {
    status: 404,
    en: 'There is no such channel in this workspace. `GET /channels` lists yours.',
    it: 'In questo workspace non c’è questo canale. `GET /channels` elenca i tuoi.',
  },
  'client-archived': {
    status: 409,
    en: '{name} was put away. Choose a client that is in use.',
    it: '{name} è stato archiviato. Scegli un cliente in uso.',
  },
  'utm-nowhere': {
    status: 422,
    en: 'Links go out on {platform} as they were written. Newsletters, SMS and the blog can mark theirs.',
    it: 'Su {platform} i link escono come sono stati scritti. Possono contrassegnarli newsletter, SMS e blog.',
  },
  'connector-unknown': {
    status: 400,
    en: 'Postern has no connector “{connector}”. `GET /connectors` lists those it has.',
    it: 'Postern non ha un connettore “{connector}”. `GET /connectors` elenca quelli che ha.',
  },
  'account-invalid': {
    status: 422,
    en: 'Something in the account is missing or not right: {what}. Correct it and connect again.',
    it: 'Nell’account manca qualcosa o qualcosa non va: {what}. Correggi e collega di nuovo.',
  },
  'account-refused': {
    status: 422,
    en: '{platform} does not accept these credentials: {detail}. Make new ones there and enter them here.',
    it: '{platform} non accetta queste credenziali: {detail}. Creane di nuove e inseriscile qui.',
  },
  'platform-busy': {
    status: 503,
    en: '{platform} asks us to wait before it checks this account. Try again in a few minutes; nothing was saved.',
    it: '{platform} chiede di aspettare prima di controllare questo account. Riprova tra qualche minuto; nulla è stato salvato.',
  },
  'platform-unreachable': {
    status: 502,
    en: '{platform} at {host} gave no usable answer: {detail}. Check the address; if it is right, try again later. Nothing was saved.',
    it: '{platform} su {host} non ha dato una risposta utile: {detail}. Controlla l’indirizzo; se è giusto, riprova più tardi. Nulla è stato salvato.',
  },
  'own-network': {
    status: 503,
    en: 'This server could not reach {host}: {detail}. If the address is on your own network, the operator has to name it in ALLOW_HOSTS; else check this server’s connection.',
    it: 'Questo server non ha raggiunto {host}: {detail}. Se l’indirizzo è nella tua rete, il gestore deve indicarlo in ALLOW_HOSTS; altrimenti controlla la connessione del server.',
  },
  'channel-twice': {
    status: 409,
    en: '{name} is connected already. Use that channel, or put it away first.',
    it: '{name} è già collegato. Usa quel canale, oppure archivialo prima.',
  },
  'other-account': {
    status: 409,
    en: 'These are the credentials of {is}; this channel is {was}. Connect a new channel, or say `otherAccount: true` if its posts are meant to go to the other account.',
    it: 'Queste sono le credenziali di {is}; questo canale è {was}. Collega un nuovo canale, oppure indica `otherAccount: true` se i suoi post devono andare all’altro account.',
  },
  'other-host': {
    status: 409,
    en: 'This channel is on {was}, these credentials are for {is}. Connect a new channel for it.',
    it: 'Questo canale è su {was}, queste credenziali sono per {is}. Collega un nuovo canale.',
  },
  ...editedMeanwhile,
  'channel-in-use': {
    status: 409,
    en: '{count} posts are still to go out here or on their way. Move or cancel them, then put the channel away.',
    it: '{count} post devono ancora uscire qui o sono in partenza. Spostali o annullali, poi archivia il canale.',
  },
  'channel-archived': {
    status: 409,
    en: 'This channel was put away. Connect it anew to use it.',
    it: 'Questo canale è stato archiviato. Collegalo di nuovo per usarlo.',
  },
});
