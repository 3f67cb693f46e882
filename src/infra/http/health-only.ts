import { timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';
import { GIVE_WAY, giveWayToken } from '../listening.js';
import { Seal } from '../seal.js';
import type { WithContext } from './correlation.js';
import { problems } from './problem.js';
import { answerProblem } from './problem.filter.js';

const fail = problems({
  'health-only': {
    status: 404,
    en: 'This process of Postern has not the role api: it answers /health and /metrics only. Ask one that has it.',
    it: 'Questo processo di Postern non ha il ruolo api: risponde solo a /health e /metrics. Rivolgiti a uno che lo abbia.',
  },
});

/** The face of a process without the role api: health and figures, and the port back to one with the role that needs it. */
export function healthOnly(app: NestExpressApplication) {
  const logger = new Logger('http');
  const token = Buffer.from(`Bearer ${giveWayToken(app.get(Seal, { strict: false }))}`);
  const server: Server = app.getHttpServer();

  return (request: WithContext, response: Response, next: NextFunction): void => {
    const said = Buffer.from(request.headers.authorization ?? '');
    if (request.method === 'POST' && request.path === GIVE_WAY && said.length === token.length && timingSafeEqual(said, token)) {
      server.close(); // at once, so that the port is free before the answer is read; this answer still goes out
      logger.warn('A process with the role api takes this port: the health and figures of this process are answered no more. Its work goes on.');
      response.status(204).setHeader('Connection', 'close').end();
      return;
    }
    if (request.path === '/metrics' || request.path.startsWith('/health/')) return next();
    answerProblem(request, response, fail('health-only'));
  };
}
