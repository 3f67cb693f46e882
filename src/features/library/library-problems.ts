import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'pack-unknown': { status: 404, en: 'There is no such pack in this workspace. Check the id.', it: 'In questo workspace non c’è questo pacchetto. Controlla l’id.' },
  'pack-archived': { status: 409, en: 'This pack was put away. Make a new one, or take another.', it: 'Questo pacchetto è stato archiviato. Creane uno nuovo o usane un altro.' },
  'pack-empty': { status: 422, en: 'This pack says nothing yet. Write at least one variant that is no draft, then try again.', it: 'Questo pacchetto non dice ancora nulla. Scrivi almeno una variante che non sia una bozza, poi riprova.' },
  'pack-variant-twice': { status: 422, en: 'There are two variants for {where}. Leave one out, or make it a draft.', it: 'Ci sono due varianti per {where}. Togline una, oppure rendila una bozza.' },
  'pack-connector-unknown': { status: 422, en: 'There is no kind of channel called “{connector}”. `GET /connectors` lists them.', it: 'Non c’è un tipo di canale chiamato “{connector}”. `GET /connectors` li elenca.' },
  'pack-not-approved': { status: 422, en: 'Nobody has approved what this pack says now. Approve it first, or plan it as a draft.', it: 'Nessuno ha approvato quel che il pacchetto dice ora. Approvalo prima, oppure pianificalo come bozza.' },
  'pack-expired': { status: 422, en: 'This pack expired on {day}. Check that it is still true and set a later day, or plan it as a draft.', it: 'Questo pacchetto è scaduto il {day}. Controlla che sia ancora vero e sposta la scadenza, oppure pianificalo come bozza.' },
  'pack-silent-there': { status: 422, en: 'This pack has nothing to say on “{channel}”. Add a variant for it, or one for all channels, or leave the channel out.', it: 'Questo pacchetto non ha nulla da dire su “{channel}”. Aggiungi una variante per quel canale o una per tutti, oppure togli il canale.' },
  ...editedMeanwhile,
});
