import { describe, expect, it } from '@jest/globals';
import { connectors } from '../../../src/connectors/registry.js';
import { ConnectorList } from '../../../src/features/channels/channel.schema.js';
import { ConnectorsController } from '../../../src/features/channels/connectors.controller.js';

const cards = ConnectorList.parse(new ConnectorsController().list()).items;

describe('the list of connectors', () => {
  it('has every connector of the registry with its limits', () => {
    expect(cards.map(({ id }) => id)).toEqual(connectors.map(({ id }) => id));
    for (const { limits } of cards) expect(limits.maxText).toBeGreaterThan(0);
  });

  it.each(cards.map((card) => [card.id, card] as const))('draws the form of %s, with its secrets marked as such, or marked to have none', (_, { account }) => {
    const fields = Object.values(account.properties as Record<string, { title?: string; secret?: boolean }>);
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.some(({ secret }) => secret !== undefined)).toBe(true);
    for (const { title } of fields) expect(title).toEqual(expect.any(String));
  });
});
