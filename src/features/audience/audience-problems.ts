import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'list-unknown': { status: 404, en: 'There is no such list in this workspace. Check the id.', it: 'In questo workspace non c’è questa lista. Controlla l’id.' },
  'list-archived': { status: 409, en: 'This list was put away: nobody can be added to it any more. Choose another list.', it: 'Questa lista è stata archiviata: non si può più aggiungere nessuno. Scegli un’altra lista.' },
  'country-unknown': { status: 422, en: '“{value}” is no country. Write it as two letters, e.g. IT.', it: '“{value}” non è un paese. Scrivilo con due lettere, per esempio IT.' },
  'segment-unknown': { status: 404, en: 'There is no such segment on this list. Check the id.', it: 'Su questa lista non c’è questo segmento. Controlla l’id.' },
  'subscriber-unknown': { status: 404, en: 'There is no such subscriber in this workspace. Check the id.', it: 'In questo workspace non c’è questo iscritto. Controlla l’id.' },
  'suppression-unknown': { status: 404, en: 'There is no such entry in the suppression list of this workspace. Check the id.', it: 'Nella lista di esclusione di questo workspace non c’è questa voce. Controlla l’id.' },
  'email-invalid': { status: 422, en: '“{value}” is no e-mail address. Write it as name@example.com.', it: '“{value}” non è un indirizzo e-mail. Scrivilo come nome@esempio.it.' },
  'phone-invalid': { status: 422, en: '“{value}” is no phone number. Write it with its country code, e.g. +39 06 1234 5678.', it: '“{value}” non è un numero di telefono. Scrivilo con il prefisso internazionale, per esempio +39 06 1234 5678.' },
  ...editedMeanwhile,
});
