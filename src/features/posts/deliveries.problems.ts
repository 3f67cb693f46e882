import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'delivery-not-found': {
    status: 404,
    en: 'There is no such delivery in this workspace. Look it up under its post.',
    it: 'In questo workspace non c’è questa consegna. Cercala nel suo post.',
  },
  ...editedMeanwhile,
  'not-in-this-state': {
    status: 409,
    en: 'This cannot be done while the delivery is {state}. Read it again to see what can be done now.',
    it: 'Non si può fare mentre la consegna è nello stato “{state}”. Rileggila per vedere cosa si può fare ora.',
  },
  'nobody-asked': {
    status: 409,
    en: 'Nobody is asked to post this by hand at present, so there is nothing to put off. Read it again to see why it waits.',
    it: 'Al momento non viene chiesto a nessuno di pubblicarlo a mano, quindi non c’è nulla da rimandare. Rileggilo per vedere perché aspetta.',
  },
});
