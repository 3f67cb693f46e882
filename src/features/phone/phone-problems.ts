import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'gateway-none': { status: 404, en: 'This workspace has no gateway to telephones. Set one up with `PUT /phone/gateway`.', it: 'Questo workspace non ha un gateway telefonico. Configuralo con `PUT /phone/gateway`.' },
  'gateway-demo': { status: 409, en: 'This is a demo: nothing of it reaches a telephone. Set up the gateway in a workspace of your own.', it: 'Questa è una demo: nulla raggiunge un telefono. Configura il gateway in un workspace tuo.' },
  'gateway-account-missing': { status: 422, en: 'The account of the gateway is missing: send `account` with its credentials.', it: 'Manca l’account del gateway: invia `account` con le sue credenziali.' },
  'gateway-no-sender': { status: 422, en: 'Twilio needs somebody to send as: give a `fromNumber`, or a `messagingServiceSid`.', it: 'Twilio ha bisogno di un mittente: indica `fromNumber` o `messagingServiceSid`.' },
  'gateway-plain': {
    status: 422,
    en: 'The token would travel in the open: use an https address, or have the operator name {host} in `ALLOW_HOSTS` and start Postern again.',
    it: 'Il token viaggerebbe in chiaro: usa un indirizzo https, o fai indicare {host} in `ALLOW_HOSTS` dall’operatore e riavviare Postern.',
  },
  'gateway-private': {
    status: 422,
    en: '{host} leads to {address}, which is not an address of the open internet: use another one, or have the operator name {host} in `ALLOW_HOSTS` and start Postern again.',
    it: '{host} porta a {address}, che non è un indirizzo della rete pubblica: usane un altro, o fai indicare {host} in `ALLOW_HOSTS` dall’operatore e riavviare Postern.',
  },
  'gateway-test-too-soon': { status: 429, en: 'A trial went out within the last half minute. Wait for it first.', it: 'Una prova è partita da meno di mezzo minuto. Prima attendi quella.' },
  'gateway-test-own-only': { status: 422, en: '{to} is no number of a member. A trial goes to members only: enter your own number with `PUT /me/phone` first.', it: '{to} non è il numero di un membro. Una prova va solo ai membri: inserisci prima il tuo numero con `PUT /me/phone`.' },
  'gateway-signs-itself': { status: 409, en: 'Twilio signs with its Auth Token: there is no secret to be made.', it: 'Twilio firma con il suo Auth Token: non c’è un segreto da creare.' },
  'callback-unsigned': { status: 403, en: 'The signature does not fit. Sign as docs/phone.md says, with the secret of this gateway.', it: 'La firma non corrisponde. Firma come indicato in docs/phone.md, con il segreto di questo gateway.' },
  'callback-strange': { status: 422, en: '`{field}` is missing, or not as docs/phone.md has it. Correct what is sent.', it: '`{field}` manca, o non è come indicato in docs/phone.md. Correggi quel che viene inviato.' },
  'phone-needed': { status: 422, en: 'There is no number to call. Enter yours, or choose `never`.', it: 'Non c’è un numero da chiamare. Inserisci il tuo, o scegli `never`.' },
  'call-not-contact': { status: 422, en: '{to} is no telephone contact of this client. Enter it among the client’s contacts first.', it: '{to} non è un contatto telefonico di questo cliente. Inseriscilo prima tra i contatti del cliente.' },
  'call-no-voice': { status: 409, en: 'The gateway of this workspace cannot call: it needs Twilio, with a number of its own.', it: 'Il gateway di questo workspace non può chiamare: serve Twilio, con un numero proprio.' },
  'call-asked-already': { status: 409, en: 'This was read to {to} today already, or is about to be. For the same thing nobody is called twice.', it: 'Questo testo è già stato letto oggi a {to}, o sta per esserlo. Per la stessa cosa nessuno viene chiamato due volte.' },
  'call-too-long': { status: 422, en: 'This is too long to be read aloud twice. Shorten it.', it: 'È troppo lungo per essere letto due volte. Accorcialo.' },
  ...editedMeanwhile,
});
