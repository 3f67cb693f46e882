import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'list-unknown': { status: 404, en: 'There is no such list in this workspace. Check the id.', it: 'In questo workspace non c’è questa lista. Controlla l’id.' },
  'segment-unknown': { status: 404, en: 'There is no such segment on this list. Check the id.', it: 'Su questa lista non c’è questo segmento. Controlla l’id.' },
  'subscriber-unknown': { status: 404, en: 'There is no such subscriber in this workspace. Check the id.', it: 'In questo workspace non c’è questo iscritto. Controlla l’id.' },
  'suppression-unknown': { status: 404, en: 'There is no such entry in the suppression list of this workspace. Check the id.', it: 'Nella lista di esclusione di questo workspace non c’è questa voce. Controlla l’id.' },
  'email-invalid': { status: 422, en: '“{value}” is no e-mail address. Write it as name@example.com.', it: '“{value}” non è un indirizzo e-mail. Scrivilo come nome@esempio.it.' },
  'phone-invalid': { status: 422, en: '“{value}” is no phone number. Write it with its country code, e.g. +39 06 1234 5678.', it: '“{value}” non è un numero di telefono. Scrivilo con il prefisso internazionale, per esempio +39 06 1234 5678.' },
  ...editedMeanwhile,
});
