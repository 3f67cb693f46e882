import { problems } from '../../infra/http/problem.js';

export const fail = problems({
  'desk-no-workspace': { status: 404, en: 'You are a member of no workspace with this name. Ask an owner of it to invite you.', it: 'Non sei membro di questo workspace. Chiedi a un suo proprietario di invitarti.' },
  'desk-editors-only': { status: 403, en: 'You may look at this, and editors may change it. Ask an owner or manager of the workspace.', it: 'Tu puoi guardare, gli editor possono cambiare. Chiedi a un proprietario o gestore del workspace.' },
  'desk-not-in-incident': { status: 404, en: 'This post is not part of the incident any more. Look at the list again.', it: 'Questo post non fa più parte dell’incidente. Guarda di nuovo l’elenco.' },
  'desk-no-hand-post': {
    status: 404,
    en: 'There is no post here that people publish by hand. Open the link of the letter again, signed in as a member of its workspace.',
    it: 'Qui non c’è nessun post da pubblicare a mano. Riapri il link della lettera con un accesso al suo workspace.',
  },
});
