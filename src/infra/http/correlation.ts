import { AsyncLocalStorage } from 'node:async_hooks';
import type { NextFunction, Request, Response } from 'express';
import { v7 as uuid } from 'uuid';
import { acceptedLanguage } from './language.js';
import type { Language } from './problem.js';

/** What belongs to one request from its first byte to its answer. */
export interface RequestContext {
  /** In every log line and every answer: by it a person's complaint is found again. */
  readonly id: string;
  /** Accept-Language until the guard knows who calls. */
  language: Language;
}

export type WithContext = Request & { postern?: RequestContext };

const storage = new AsyncLocalStorage<RequestContext>();

/** The id of the request this code runs for, if any. */
export function correlationId(): string | undefined {
  return storage.getStore()?.id;
}

/** The language of the caller this code runs for; English outside a request. */
export function callerLanguage(): Language {
  return storage.getStore()?.language ?? 'en';
}

/** Takes a caller's id only in this form: it goes into the log and into headers. */
const plain = /^[A-Za-z0-9._-]{1,64}$/;

export function correlate(request: WithContext, response: Response, next: NextFunction): void {
  const said = request.headers['x-request-id'];
  const id = typeof said === 'string' && plain.test(said) ? said : uuid();
  request.postern = { id, language: acceptedLanguage(request.headers['accept-language']) };
  response.setHeader('X-Request-Id', id);
  storage.run(request.postern, next);
}
