import { problems } from '../../infra/http/problem.js';

export const fail = problems({
  'drill-unknown': { status: 404, en: 'There is no such drill here. Check the id.', it: 'Questa prova non esiste qui. Controlla l’id.' },
  'drill-running': { status: 409, en: 'A drill is running here already. Wait for its end: `GET /drills` shows it.', it: 'Qui è già in corso una prova. Aspetta la fine: la mostra `GET /drills`.' },
  'drill-within-drill': { status: 409, en: 'This workspace belongs to a drill. Start another from your own workspace.', it: 'Questo workspace appartiene a una prova. Avviane un’altra dal tuo workspace.' },
  'drill-needs-worker': { status: 409, en: 'Nobody would publish anything: no process with the roles worker and watch is alive. Start one, then the drill.', it: 'Nessuno pubblicherebbe nulla: non c’è alcun processo attivo con i ruoli worker e watch. Avviane uno, poi la prova.' },
});
