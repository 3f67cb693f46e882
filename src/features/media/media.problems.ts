import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'media-not-found': {
    status: 404,
    en: 'There is no such file in this workspace. `GET /media` lists yours.',
    it: 'In questo workspace non c’è questo file. `GET /media` elenca i tuoi.',
  },
  'media-lost': {
    status: 410,
    en: 'The bytes of this file are no longer in the store. Put them back from a backup, or delete the file and upload it again.',
    it: 'I dati di questo file non sono più nell’archivio. Ripristinali da un backup, oppure elimina il file e ricaricalo.',
  },
  'media-missing': {
    status: 400,
    en: 'No file came along. Send it as the field `file` of a form (multipart/form-data), or as the whole body with its own content type.',
    it: 'Non è arrivato nessun file. Invialo come campo `file` di un modulo (multipart/form-data), o come corpo intero con il suo tipo.',
  },
  'media-field': {
    status: 422,
    en: 'The file came with a field that is not right: {what}. Correct it and upload again.',
    it: 'Il file è arrivato con un campo non valido: {what}. Correggilo e ricarica.',
  },
  'media-empty': {
    status: 422,
    en: 'The file is empty. Choose it again; if it is empty on your device too, save it anew.',
    it: 'Il file è vuoto. Sceglilo di nuovo; se è vuoto anche sul tuo dispositivo, salvalo di nuovo.',
  },
  'media-type': {
    status: 415,
    en: 'What is in this file is none of the types that can be posted ({taken}), whatever its name says. Export it as one of those.',
    it: 'Il contenuto di questo file non è di un tipo pubblicabile ({taken}), qualunque nome abbia. Esportalo in uno di questi.',
  },
  'media-broken': {
    status: 422,
    en: 'This file is damaged: it begins like a picture and does not go on like one. Save it anew and upload it again.',
    it: 'Questo file è danneggiato: comincia come un’immagine ma non prosegue. Salvalo di nuovo e ricaricalo.',
  },
  'media-too-large': {
    status: 413,
    en: 'A file of type {type} may have at most {most} MB. Make it smaller and upload it again.',
    it: 'Un file di tipo {type} può avere al massimo {most} MB. Riducilo e ricaricalo.',
  },
  'disk-full': {
    status: 507,
    en: 'The server’s disk is full: nothing was stored. Ask whoever runs this server to make room, then upload the file again.',
    it: 'Il disco del server è pieno: nulla è stato salvato. Chiedi a chi gestisce il server di liberare spazio, poi ricarica il file.',
  },
  'media-is-logo': {
    status: 409,
    en: 'This picture is the workspace’s logo. Take another logo first, or none.',
    it: 'Questa immagine è il logo del workspace. Prima scegli un altro logo, o nessuno.',
  },
  'media-in-use': {
    status: 409,
    en: '{count} posts that are still to go out use this file. Take it out of them first, or wait until they are out.',
    it: '{count} post che devono ancora uscire usano questo file. Toglilo prima da lì, o aspetta che escano.',
  },
  ...editedMeanwhile,
});
