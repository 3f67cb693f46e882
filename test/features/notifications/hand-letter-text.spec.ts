import { describe, expect, it } from '@jest/globals';
import { type HandLetter, handLetter } from '../../../src/features/notifications/hand-letter-text.js';

const content = { text: '', media: [], link: null, language: null, options: {} };
const medium = (mediaId: string, alt: string) => ({ mediaId, mime: 'image/png', bytes: 1, width: null, height: null, alt });
const about: HandLetter = {
  workspace: 'Agenzia Uno', clientName: 'Bar Sport', zone: 'Europe/Rome', platform: 'Instagram', page: 'https://www.instagram.com/', instructions: null,
  dueAt: new Date('2026-03-02T17:00:00Z'), deadlineAt: null, parts: [{ ...content, text: 'Aperitivo #bar' }], link: 'https://desk.example/p', linkOfMedium: (id) => `https://desk.example/m/${id}`, silent: [], minutes: 30,
};

describe('The letter to whom posts by hand', () => {
  it('says the hour with its zone, in both languages', () => {
    expect(handLetter(about, 'en')).toMatchObject({ subject: '[Agenzia Uno] Please post by hand: Bar Sport on Instagram, Mon 2 Mar, 18:00', text: expect.stringContaining('planned for Mon 2 Mar, 18:00 (Europe/Rome)') });
    expect(handLetter(about, 'it')).toMatchObject({ subject: '[Agenzia Uno] Da pubblicare a mano: Bar Sport su Instagram, lun 2 mar, 18:00', text: expect.stringContaining('previsto per lun 2 mar, 18:00 (Europe/Rome)') });
  });

  it('links each medium with what it shows, and says where that is missing', () => {
    const { text } = handLetter({ ...about, parts: [{ ...content, text: 'x', media: [medium('a', 'Two glasses'), medium('b', '')] }] }, 'en');
    expect(text).toContain('- Two glasses\n  https://desk.example/m/a\n- (no description)\n  https://desk.example/m/b');
  });

  it('counts the posts of a thread', () => {
    const { text } = handLetter({ ...about, parts: [{ ...content, text: 'one' }, { ...content, text: 'two' }] }, 'en');
    expect(text).toMatch(/The text, post 1 of 2:\n\none\n\nPost 2 of 2, as a reply to the one before:\n\ntwo/);
  });

  it('names a limit only where there is one, and nobody to come after the last', () => {
    expect(handLetter(about, 'en').text).not.toContain('If nobody has said by');
    const { text } = handLetter({ ...about, deadlineAt: new Date('2026-03-02T17:15:00Z'), minutes: null, silent: ['Mara', 'Marco'] }, 'en');
    expect(text).toContain('If nobody has said by Mon 2 Mar, 18:15 (Europe/Rome)');
    expect(text).toContain('Asked before you, no answer yet: Mara, Marco.');
    expect(text).toContain('Nobody is asked after you.');
  });
});
