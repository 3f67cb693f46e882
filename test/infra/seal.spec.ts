import { describe, expect, it } from '@jest/globals';
import { Seal, SealError } from '../../src/infra/seal.js';
import { scrub } from '../../src/infra/scrub.js';

const row = { workspaceId: '0190-ws', rowId: '0190-row' };
const SECRET = 'a'.repeat(32);
const seal = new Seal(SECRET);

describe('Seal', () => {
  it('opens what it sealed', () => {
    expect(seal.open(seal.seal('{"accessToken":"ünïcode"}', row), row)).toBe('{"accessToken":"ünïcode"}');
  });

  it('opens what another process with the same secret sealed', () => {
    expect(new Seal(SECRET).open(seal.seal('plain text', row), row)).toBe('plain text');
  });

  it('never seals the same text the same way twice, and shows nothing of it', () => {
    const [first, second] = [seal.seal('the same text', row), seal.seal('the same text', row)];
    expect(first).not.toBe(second);
    expect(first).not.toContain('same');
  });

  it('does not open in another row', () => {
    expect(() => seal.open(seal.seal('plain text', row), { ...row, rowId: 'other' })).toThrow(/does not belong to this row/);
  });

  it('does not open in another workspace', () => {
    expect(() => seal.open(seal.seal('plain text', row), { ...row, workspaceId: 'other' })).toThrow(/does not belong to this row/);
  });

  it('names the variable to set when the key is another one', () => {
    const other = new Seal('b'.repeat(32));
    expect(other.keyId).not.toBe(seal.keyId);
    expect(() => other.open(seal.seal('plain text', row), row)).toThrow(/sealed with another key.*set APP_SECRET/);
  });

  it('does not open after one character was changed', () => {
    const sealed = seal.seal('plain text', row);
    const at = sealed.length - 5;
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(() => seal.open(changed, row)).toThrow(SealError);
  });

  it.each(['', 'plain', 'v1..x', 'v2.12345678.AAAA', `v1.${seal.keyId}.AAAA`])('refuses %j as no sealed text of this row', (text) => {
    expect(() => seal.open(text, row)).toThrow(SealError);
  });

  it('gives a text to a new key', () => {
    const next = new Seal('c'.repeat(32));
    const moved = next.reseal(seal.seal('plain text', row), row, seal);
    expect(next.open(moved, row)).toBe('plain text');
    expect(next.reseal(moved, row, seal)).toBe(moved);
  });

  it('has what it opens, and its own secret, struck out of logs from then on', () => {
    seal.open(seal.seal('{"accessToken":"opened-just-now"}', row), row);
    expect(scrub(`Authorization: Bearer opened-just-now; ${SECRET}`)).toBe('Authorization: Bearer [struck out]; [struck out]');
  });
});
