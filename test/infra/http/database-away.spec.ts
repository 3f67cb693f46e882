import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { isDatabaseAway } from '../../../src/infra/http/database-away.js';
import { problemOf } from '../../../src/infra/http/problem-of.js';

const coded = (code: string, rest: object = {}) => Object.assign(new Error('x'), { code, ...rest });

describe('A database that is away', () => {
  it.each([
    ['refuses the connection', coded('ECONNREFUSED', { syscall: 'connect' })],
    ['is being shut down', new QueryFailedError('SELECT 1', [], coded('57P01'))],
    ['is starting', new QueryFailedError('SELECT 1', [], coded('57P03'))],
    ['has no connection left', new QueryFailedError('SELECT 1', [], coded('53300'))],
    ['cut the connection in mid-query', new QueryFailedError('SELECT 1', [], new Error('Connection terminated unexpectedly'))],
  ])('is told from a fault of ours when it %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(true);
    expect(problemOf(error)).toMatchObject({ status: 503, code: 'database-away' });
  });

  it.each([
    ['a wrong statement', new QueryFailedError('SELEC 1', [], coded('42601'))],
    ['a broken constraint', new QueryFailedError('INSERT', [], coded('23505'))],
    ['a file that is not there', coded('ENOENT', { syscall: 'open' })],
    ['another host that refuses', new TypeError('fetch failed')],
  ])('is not blamed for %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(false);
    expect(problemOf(error).code).toBe('internal');
  });
});
