import { HttpException } from '@nestjs/common';
import { InvalidInput, type InputError } from './invalid-input.js';
import { DomainError, problems, type Sentence } from './problem.js';
import { isDatabaseAway } from './database-away.js';

/** Most field errors that one answer lists. */
const mostErrors = 100;

const fail = problems({
  'input-invalid': {
    status: 400,
    en: 'Some of what you sent is not valid. Correct the fields named in `errors` and send it again.',
    it: 'Qualcosa di ciò che hai inviato non è valido. Correggi i campi indicati in `errors` e invia di nuovo.',
  },
  'json-invalid': {
    status: 400,
    en: 'The body is not valid JSON. Check quotes, commas and brackets and send it again.',
    it: 'Il corpo non è JSON valido. Controlla virgolette, virgole e parentesi e invia di nuovo.',
  },
  'utf8-invalid': {
    status: 400,
    en: 'The body is not valid UTF-8. Save it as UTF-8 and send it again.',
    it: 'Il corpo non è UTF-8 valido. Salvalo come UTF-8 e invia di nuovo.',
  },
  'url-invalid': {
    status: 400,
    en: 'The address holds a percent sign that does not stand for a character. Encode it as UTF-8 (a percent sign itself is %25).',
    it: 'L’indirizzo contiene un segno di percentuale che non indica un carattere. Codificalo in UTF-8 (il segno stesso è %25).',
  },
  'route-unknown': {
    status: 404,
    en: 'There is nothing at this address for this method. The addresses are listed at /api/docs.',
    it: 'A questo indirizzo non c’è nulla per questo metodo. Gli indirizzi sono elencati in /api/docs.',
  },
  'not-found': {
    status: 404,
    en: 'This does not exist here. Check the id and the workspace.',
    it: 'Qui non esiste. Controlla l’id e il workspace.',
  },
  'body-too-large': {
    status: 413,
    en: 'The body is larger than this endpoint takes (JSON: 1 MB). Send less at once, and pictures and films through /api/v1/media.',
    it: 'Il corpo è più grande di quanto questo indirizzo accetta (JSON: 1 MB). Invia meno per volta, e immagini e video tramite /api/v1/media.',
  },
  'media-type-unknown': {
    status: 415,
    en: 'A body of this type or encoding cannot be read here. Send JSON in UTF-8 with `Content-Type: application/json`.',
    it: 'Un corpo di questo tipo o codifica non può essere letto qui. Invia JSON in UTF-8 con `Content-Type: application/json`.',
  },
  refused: {
    status: 400,
    en: 'This request cannot be understood. Compare it with /api/docs and send it again.',
    it: 'Questa richiesta non è comprensibile. Confrontala con /api/docs e invia di nuovo.',
  },
  'database-away': {
    status: 503,
    en: 'Postern cannot reach its database for the moment and keeps trying. Nothing that was accepted is lost: ask again in a minute.',
    it: 'Al momento Postern non raggiunge il suo database e continua a provare. Nulla di accettato va perso: riprova tra un minuto.',
  },
  unavailable: {
    status: 503,
    en: 'Postern is starting or stopping. Ask again in a few seconds.',
    it: 'Postern si sta avviando o fermando. Riprova tra qualche secondo.',
  },
  internal: {
    status: 500,
    en: 'Something went wrong on our side. Try again; if it stays, give the operator this correlationId.',
    it: 'Qualcosa è andato storto da parte nostra. Riprova; se persiste, comunica all’operatore questo correlationId.',
  },
});

export interface Described {
  readonly code: string;
  readonly status: number;
  readonly sentence: Sentence;
  readonly errors?: readonly InputError[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Names what went wrong, without a word of the inside. Anything unknown is `internal` (500). */
export function problemOf(error: unknown): Described {
  if (error instanceof DomainError) return error;
  if (error instanceof InvalidInput) return { ...own('input-invalid'), errors: error.errors.slice(0, mostErrors) };
  if (isDatabaseAway(error)) return own('database-away');
  if (error instanceof HttpException) return ofHttp(error);
  return own('internal');
}

/** What Nest, Express and the body parsers throw. */
function ofHttp(error: HttpException): Described {
  const status = error.getStatus();
  const cause = typeof error.cause === 'object' && error.cause !== null ? error.cause : {};
  const type = 'type' in cause && typeof cause.type === 'string' ? cause.type : '';
  if (type === 'utf8.invalid') return own('utf8-invalid');
  if (type === 'entity.parse.failed') return own('json-invalid');
  if (cause instanceof URIError) return own('url-invalid');
  if (status === 404) return own(/^Cannot [A-Z]+ \//.test(error.message) ? 'route-unknown' : 'not-found');
  if (status === 413) return own('body-too-large');
  if (status === 415) return own('media-type-unknown');
  if (status === 503) return own('unavailable');
  return status >= 500 ? own('internal') : { ...own('refused'), status };
}

/** The answer to addresses that nothing answers. */
export const routeUnknown: Described = fail('route-unknown');
/** The answer to a body whose announced length is too much. */
export const bodyTooLarge: Described = fail('body-too-large');

function own(code: Parameters<typeof fail>[0]): Described {
  const { status, sentence, facts } = fail(code);
  return { code, status, sentence, facts };
}
