import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { drill } from '../../../src/command-drill.js';
import type { CastClient } from '../../../src/features/drill/drill-cast.js';
import { DrillReads, type LetterOut, type PlayedDelivery, type Reached } from '../../../src/features/drill/drill-reads.service.js';
import { DrillTallies } from '../../../src/features/drill/drill-tally.service.js';
import { DrillWorld } from '../../../src/features/drill/drill-world.js';
import type { DrillTally, Trouble } from '../../../src/features/drill/drill.schema.js';

// A drill that went well, written down by hand; each test spoils one line of it.
const noon = Date.parse('2031-03-04T12:00:00+01:00');
const [late, early, midnight] = [Date.parse('2031-03-04T23:00:00+01:00'), Date.parse('2031-03-05T03:00:00+01:00'), Date.parse('2031-03-05T00:30:00+01:00')];
const [bar, inn] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
const [alpha, beta] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
const cast = (over: Partial<CastClient> & Pick<CastClient, 'scenario' | 'posts'>): CastClient => ({ name: 'Bar', zone: 'Europe/Rome', channels: ['sandbox-alpha'], lists: [], phones: 0, byHand: 0, ...over });
const said = (text: string): CastClient['posts'][number] => ({ afterMs: 0, on: ['sandbox-alpha'], text, choice: 'can-wait', policy: {} });
const stage = {
  caller: { workspaceId: 'w', actor: { kind: 'system', id: 'drill', name: 'Drill' }, role: 'manager', language: 'en' }, workspaceId: 'w', world: 'world.invalid',
  clients: [
    { id: bar, cast: cast({ scenario: 'one-mail-each', posts: [said('Aperitivo')], lists: [{ name: 'Amici', from: 0, people: 2 }], phones: 1 }), channels: [{ key: 'sandbox-alpha', id: alpha, platform: 'sandbox-alpha', account: 'bar' }] },
    { id: inn, cast: cast({ scenario: 'night', posts: [said('Cena')] }), channels: [{ key: 'sandbox-beta', id: beta, platform: 'sandbox-beta', account: 'inn' }] },
  ],
} as const;

const rerouted: PlayedDelivery = { id: 'd1', clientId: bar, channelId: alpha, state: 'rerouted', text: 'Aperitivo', version: 1, outAt: null, isLate: false, isByHand: false, isElsewhere: true };
const held: PlayedDelivery = { ...rerouted, id: 'd2', clientId: inn, channelId: beta, state: 'published', text: 'Cena', outAt: noon, isLate: true, isElsewhere: false };
const mail: Reached = { clientId: bar, postId: 'p1', address: 'anna@example.com', state: 'sent', at: noon };
const letter: LetterOut = { to: 'team@agency.example', kind: 'opened', clientId: null, at: midnight };
const well = {
  deliveries: [rerouted, held], mails: [mail, { ...mail, address: 'bea@example.com' }], texts: [{ ...mail, address: '+390001' }], articles: [{ clientId: bar, title: 'Aperitivo', at: noon }],
  letters: [letter, { ...letter, kind: 'closed' }, { ...letter, to: 'owner@bar.example', clientId: bar, at: noon }],
  shown: [['sandbox-beta', 'inn', 'Cena']] as readonly (readonly [string, string, string])[], arrived: ['anna@example.com', 'bea@example.com', '+390001'] as readonly string[],
};
type Books = typeof well;

/** What a drill wrote, as it is handed in: no database is asked. */
class Written extends DrillReads {
  constructor(private readonly books: Books) {
    super(new DataSource({ type: 'postgres' }));
  }

  override deliveries = async (): Promise<PlayedDelivery[]> => Promise.resolve([...this.books.deliveries]);
  override mails = async (): Promise<Reached[]> => Promise.resolve([...this.books.mails]);
  override texts = async (): Promise<Reached[]> => Promise.resolve([...this.books.texts]);
  override articles = async () => Promise.resolve([...this.books.articles]);
  override letters = async (): Promise<LetterOut[]> => Promise.resolve([...this.books.letters]);
  override days = async () => Promise.resolve(new Map([bar, inn].map((id) => [id, { zone: 'Europe/Rome', from: '08:00', to: '21:00' }])));
}

async function tally(spoilt: Partial<Books> = {}): Promise<DrillTally> {
  const books = { ...well, ...spoilt };
  const world = new DrillWorld(async (url) => {
    const asked = new URL(String(url)).searchParams;
    const posts = books.shown.filter(([platform, account]) => platform === asked.get('platform') && account === asked.get('account'));
    return Promise.resolve(Response.json({ posts: posts.map(([platform, account, text]) => ({ platform, account, text, visibleAt: noon, deletedAt: null })) }));
  }, stage.world);
  return new DrillTallies(new Written(books)).of({ stage, world, held: new Set(['d2']), arrived: books.arrived, seesMorning: true, seconds: { suspect: 1, down: 2, notice: 3, recovered: 4 } });
}

const kinds = ({ troubles }: DrillTally): readonly Trouble['kind'][] => troubles.map(({ kind }) => kind);
const over = <Row>(rows: readonly Row[], at: number, change: Partial<Row>): Row[] => rows.map((row, i) => (i === at ? { ...row, ...change } : row));
/** How the command ends that counted this: false = with 1. */
const isPassed = async (counted: DrillTally): Promise<boolean> =>
  drill({ DATA_DIR: '/nowhere' }, { scenario: 'night', broken: undefined, json: true, say: () => undefined, print: () => undefined }, async () => Promise.resolve(counted));

describe('The tally of a drill', () => {
  it('finds nothing where all went well, and the command says so', async () => {
    const counted = await tally();
    expect(counted).toMatchObject({ troubles: [], lost: 0, duplicated: 0, leftInNight: 0, noticesPerPerson: 1, rerouted: 1, held: 1, publishedLate: 1, mails: 2, texts: 1, articles: 1 });
    expect(await isPassed(counted)).toBe(true);
  });

  it('finds who was told twice of the same', async () => {
    const counted = await tally({ letters: [...well.letters, letter] });
    expect(counted).toMatchObject({ noticesPerPerson: 2, troubles: [{ kind: 'told-twice', scenario: null, what: 'team@agency.example (opened) was told 2 times.' }] });
    expect(await isPassed(counted)).toBe(false);
  });

  it.each<readonly [string, Partial<Books>, string]>([
    ['a late post', { deliveries: over(well.deliveries, 1, { outAt: early }) }, '“Cena” was published at 2031-03-05 03:00 (Europe/Rome), in the night there.'],
    ['a mail', { mails: over(well.mails, 0, { at: late }) }, 'The newsletter to anna@example.com left at 2031-03-04 23:00 (Europe/Rome), in the night there.'],
    ['an SMS', { texts: over(well.texts, 0, { at: late }) }, 'The SMS to +390001 left at 2031-03-04 23:00 (Europe/Rome), in the night there.'],
    ['a notice to a client', { letters: over(well.letters, 2, { at: midnight }) }, 'The notice to owner@bar.example left at 2031-03-05 00:30 (Europe/Rome), in the night there.'],
    ['an article', { articles: over(well.articles, 0, { at: early }) }, 'The article “Aperitivo” appeared at 2031-03-05 03:00 (Europe/Rome), in the night there.'],
  ])('finds %s that left in the night', async (_, spoilt, what) => {
    const counted = await tally(spoilt);
    expect(counted.leftInNight).toBe(1);
    expect(counted.troubles).toEqual([{ kind: 'night', scenario: expect.any(String), what }]);
    expect(await isPassed(counted)).toBe(false);
  });

  it.each<readonly [string, Partial<Books>]>([
    ['a post that counts as published and is not to be seen', { shown: [] }],
    ['a post that went elsewhere, and is nowhere', { deliveries: over(well.deliveries, 0, { isElsewhere: false }) }],
    ['a post that still waits', { deliveries: over(well.deliveries, 1, { state: 'held', isLate: false, outAt: null }) }],
    ['a mail that never left the house', { mails: over(well.mails, 0, { state: 'waiting', at: null }) }],
    ['a mail that no server took', { arrived: well.arrived.slice(1) }],
    ['an SMS that no gateway took', { arrived: well.arrived.slice(0, 2) }],
  ])('finds %s', async (_, spoilt) => {
    const counted = await tally(spoilt);
    expect(counted.lost).toBe(1);
    expect(kinds(counted)).toContain('lost');
    expect(await isPassed(counted)).toBe(false);
  });

  it.each<readonly [string, Partial<Books>]>([
    ['is to be seen twice on a platform', { shown: [...well.shown, ...well.shown] }],
    ['went elsewhere and to its platform', { shown: [...well.shown, ['sandbox-alpha', 'bar', 'Aperitivo']] }],
    ['was sent to somebody twice', { mails: [...well.mails, mail] }],
    ['reached somebody twice, whatever the product says', { arrived: [...well.arrived, 'bea@example.com'] }],
    ['reached a telephone twice', { arrived: [...well.arrived, '+390001'] }],
    ['stands on the blog twice', { articles: [...well.articles, ...well.articles] }],
  ])('finds what %s', async (_, spoilt) => {
    const counted = await tally(spoilt);
    expect(counted.duplicated).toBe(1);
    expect(kinds(counted)).toContain('duplicated');
    expect(await isPassed(counted)).toBe(false);
  });
});
