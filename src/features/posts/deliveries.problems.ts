import { problems } from '../../infra/http/problem.js';

export const fail = problems({
  'delivery-not-found': {
    status: 404,
    en: 'There is no such delivery in this workspace. Look it up under its post.',
    it: 'In questo workspace non c’è questa consegna. Cercala nel suo post.',
  },
  'edited-meanwhile': {
    status: 409,
    en: 'It changed meanwhile (it is now version {version}). Read it again, then decide.',
    it: 'È cambiato nel frattempo (ora è la versione {version}). Rileggilo, poi decidi.',
  },
  'not-in-this-state': {
    status: 409,
    en: 'This cannot be done while the delivery is {state}. Read it again to see what can be done now.',
    it: 'Non si può fare mentre la consegna è nello stato “{state}”. Rileggila per vedere cosa si può fare ora.',
  },
});
