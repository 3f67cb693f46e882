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
  'folder-expected': { status: 415, en: 'Send the folder as a tar file, with Content-Type: application/x-tar.', it: 'Invia la cartella come file tar, con Content-Type: application/x-tar.' },
  'folder-unreadable': { status: 422, en: 'This is no tar file, or it is cut off. Pack the folder again, with tar and without compression.', it: 'Questo non è un file tar, oppure è incompleto. Impacchetta di nuovo la cartella con tar, senza compressione.' },
  'folder-path': { status: 422, en: '“{path}” lies outside the folder. Pack only what is in it; nothing was taken over.', it: '“{path}” è fuori dalla cartella. Impacchetta solo quel che contiene; non è stato importato nulla.' },
  'folder-link': { status: 422, en: '“{path}” is a link, and links are not followed. Put the file itself there; nothing was taken over.', it: '“{path}” è un collegamento, e i collegamenti non vengono seguiti. Metti lì il file stesso; non è stato importato nulla.' },
  'folder-too-many': { status: 422, en: 'A folder has at most {most} files. Import it in several pieces.', it: 'Una cartella ha al massimo {most} file. Importala in più parti.' },
  'folder-too-large': { status: 413, en: 'This folder is too large: 1 GB in all, 32 MB of text. Import it in several pieces.', it: 'Questa cartella è troppo grande: 1 GB in tutto, 32 MB di testo. Importala in più parti.' },
  'folder-empty': { status: 422, en: 'There is no pack in this folder: each has a folder of its own in that of its client, with a pack.md. Export one to see how it looks.', it: 'In questa cartella non ci sono pacchetti: ognuno ha una cartella propria in quella del cliente, con un pack.md. Esportane una per vedere com’è fatta.' },
  'folder-of-another': { status: 422, en: 'This folder was exported from another workspace. Take its library.yaml out to import it here as new.', it: 'Questa cartella è stata esportata da un altro workspace. Togli il suo library.yaml per importarla qui come nuova.' },
  'folder-has-errors': { status: 422, en: '{count} things in this folder cannot be taken over: see `faults`. Correct them, or import the rest with leaveOutBroken.', it: '{count} cose in questa cartella non si possono importare: guarda `faults`. Correggile, oppure importa il resto con leaveOutBroken.' },
  ...editedMeanwhile,
});
