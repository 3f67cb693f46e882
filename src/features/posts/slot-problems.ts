import { problems } from '../../infra/http/problem.js';

export const fail = problems({
  'slot-exists': {
    status: 409,
    en: 'This client has that slot already. Choose another weekday, time or channel.',
    it: 'Questo cliente ha già quella fascia. Scegli un altro giorno, orario o canale.',
  },
  'slot-not-found': {
    status: 404,
    en: 'There is no such slot in this workspace. Check the id.',
    it: 'In questo workspace non c’è una fascia con questo id. Controllalo.',
  },
});
