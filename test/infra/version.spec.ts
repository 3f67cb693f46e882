import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { version } from '../../src/infra/version.js';

it('The version is the one in package.json', () => {
  const { version: packaged } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(version).toBe(packaged);
});
