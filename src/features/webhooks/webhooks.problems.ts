import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'webhook-not-found': {
    status: 404,
    en: 'There is no such webhook in this workspace. `GET /webhooks` lists yours.',
    it: 'In questo workspace non c’è questo webhook. `GET /webhooks` elenca i tuoi.',
  },
  'webhook-message-not-found': {
    status: 404,
    en: 'There is no such message at this webhook. Messages are kept for 30 days.',
    it: 'Questo webhook non ha questo messaggio. I messaggi si conservano per 30 giorni.',
  },
  'webhook-limit': {
    status: 409,
    en: 'A workspace has {most} webhooks at most. Delete one you no longer use.',
    it: 'Un workspace ha al massimo {most} webhook. Elimina uno che non usi più.',
  },
  'webhook-off': {
    status: 409,
    en: 'This webhook is off, so nothing is sent to it. Turn it on first.',
    it: 'Questo webhook è disattivato, quindi non riceve nulla. Prima riattivalo.',
  },
  'message-on-its-way': {
    status: 409,
    en: 'This message is still being tried. Wait until it is delivered or has failed.',
    it: 'Questo messaggio è ancora in corso. Aspetta che sia consegnato o fallito.',
  },
  ...editedMeanwhile,
});
