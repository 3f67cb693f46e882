import { describe, expect, it } from '@jest/globals';
import { homePage } from '../../../src/features/desk/home-page.js';
import type { PostSummary } from '../../../src/features/posts/post.schema.js';

const delivery: PostSummary['deliveries'][number] = {
  id: 'd', channelId: 'c', channelName: 'Alpha', connectorId: 'sandbox-alpha', state: 'published', holdReason: null, reason: null,
  dueAt: '2026-07-01T07:00:05.000Z', url: 'http://127.0.0.1:3001/p1',
};
const post = (text: string, rest: Partial<typeof delivery> = {}): PostSummary => ({
  id: 'p', clientId: 'k', seriesId: null, occurrence: null, editing: 'ready', choice: 'can-wait', policy: {},
  content: { parts: [{ text, media: [], link: null, language: null, options: {} }] }, wallAt: '2026-07-01T09:00:05', zone: 'Europe/Rome',
  dueAt: '2026-07-01T07:00:05.000Z', evergreen: false, labels: [], timeWord: null, version: 1, createdBy: { kind: 'system', id: 'x', name: 'x' },
  createdAt: '2026-07-01T00:00:00.000Z', updatedAt: '2026-07-01T00:00:00.000Z', cancelledAt: null, state: 'published', warnings: [], deliveries: [{ ...delivery, ...rest }],
});
const page = (posts: PostSummary[], language: 'en' | 'it' = 'en') => homePage({ language, posts, isSignedIn: false, mayRepeat: false, isStill: false }).text;

describe('The home page', () => {
  it('shows the time as the client’s clock shows it, with the zone', () => {
    expect(page([post('Hello')])).toContain('<time datetime="2026-07-01T07:00:05.000Z">1 Jul, 09:00:05 (Europe/Rome)</time>');
  });

  it('escapes whatever a post, a channel or a platform says', () => {
    const text = page([post('<script>alert(1)</script>', { channelName: '"><img src=x onerror=alert(1)>', url: 'http://x/"onmouseover="alert(1)' })]);
    expect(text).not.toMatch(/<script|<img|"onmouseover=/);
    expect(text).toContain('&#60;script&#62;');
  });

  it('makes no link of an address that is none of the web', () => {
    expect(page([post('Hello', { url: 'javascript:alert(1)' })])).not.toContain('javascript:');
  });

  it('speaks Italian', () => {
    expect(page([post('Ciao')], 'it')).toContain('<strong>Pubblicato</strong>');
  });
});
