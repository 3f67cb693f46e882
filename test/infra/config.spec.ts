import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/infra/config.js';

describe('SECOND_ROAD_URL', () => {
  const SMTP_URL = 'smtps://me:pw@mail.one.example';

  it.each(['smtps://me:pw@mail.two.example?from=me@two.example', 'https://token@push.example/in'])('may be %s', (SECOND_ROAD_URL) => {
    expect(readConfig({ SMTP_URL, SECOND_ROAD_URL }).SECOND_ROAD_URL).toBe(SECOND_ROAD_URL);
  });

  it.each([
    ['the same host under another port', { SMTP_URL, SECOND_ROAD_URL: 'smtp://me:pw@mail.one.example:2525' }],
    ['alone', { SECOND_ROAD_URL: 'smtps://mail.two.example' }],
    ['over a plain connection', { SMTP_URL, SECOND_ROAD_URL: 'http://token@push.example/in' }],
  ])('is no second road: %s', (_, environment) => {
    expect(() => readConfig(environment)).toThrow(/^SECOND_ROAD_URL .+\.$/);
  });
});
