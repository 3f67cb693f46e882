import { problems } from '../../infra/http/problem.js';

export const fail = problems({
  'incident-unknown': {
    status: 404,
    en: 'There is no such incident, or none that touches a channel of this workspace. GET /api/v1/incidents lists those that do.',
    it: 'Questo incidente non c’è, o non riguarda nessun canale di questo workspace. GET /api/v1/incidents elenca quelli che lo riguardano.',
  },
  'incident-task-unknown': {
    status: 404,
    en: 'There is nothing of this kind to do in this incident: tasks are there once the platforms of a commitment are back. GET /api/v1/incidents/:id/decisions lists them, under `commitments`.',
    it: 'In questo incidente non c’è nulla del genere da fare: le cose da fare compaiono quando le piattaforme di un impegno sono tornate. GET /api/v1/incidents/:id/decisions le elenca, sotto `commitments`.',
  },
  'incident-open': {
    status: 409,
    en: 'This incident is still open. If nothing is wrong, first say so of its components: PUT /api/v1/components/:id/word with the state up. Then call it a false alarm.',
    it: 'Questo incidente è ancora aperto. Se non c’è nessun guasto, prima dillo dei suoi componenti: PUT /api/v1/components/:id/word con lo stato up. Poi segnalo come falso allarme.',
  },
});
