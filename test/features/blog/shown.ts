import type { ArticleRow, Section } from '../../../src/features/blog/article-row.js';
import type { PublicBlog } from '../../../src/features/blog/blog-reads.service.js';
import type { PartMedia } from '../../../src/core/part.js';

export const home = 'https://pages.example/public/blog/bar-aurora';

export const picture = (over: Partial<PartMedia> = {}): PartMedia => ({ mediaId: '0197aaaa-0000-7000-8000-000000000001', mime: 'image/png', bytes: 1_234, width: 800, height: 600, alt: 'A cup', ...over });

export const section = (over: Partial<Section> = {}): Section => ({ text: 'Words', media: [], link: null, ...over });

export const blog = (over: Partial<PublicBlog> = {}): PublicBlog => ({
  workspaceId: 'w', clientId: '0197bbbb-0000-7000-8000-000000000001', slug: 'bar-aurora', title: 'Bar Aurora', tagline: 'Coffee since 1952', language: 'en', accent: '#0b57d0',
  footer: '', showsPlan: false, createdAt: new Date('2026-01-01T00:00:00Z'), zone: 'Europe/Rome', isDemo: false, ...over,
});

export const article = (over: Partial<ArticleRow> = {}): ArticleRow => ({
  id: '0197cccc-0000-7000-8000-000000000001', client_id: '0197bbbb-0000-7000-8000-000000000001', slug: 'open-again', title: 'Open again', tags: [], language: null, sections: [section()], plan: null, utm: null,
  published_at: new Date('2026-11-23T16:00:00Z'), edited_at: null, unpublished_at: null, version: 1, ...over,
});
