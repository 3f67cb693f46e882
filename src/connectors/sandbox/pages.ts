import { type Profile, profiles } from './profiles.js';
import type { Reply } from './reply.js';
import type { Store, StoredPost } from './store.js';

const style = 'body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#f6f7f9}article{background:#fff;border:1px solid #d9dee5;border-radius:8px;padding:.75rem 1rem;margin:.75rem 0}p{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}small{color:#5b6675}a{color:#0b57a4}';

/** Timelines for people: plain HTML, no script, newest first. */
export function timelines([platform, account, id]: readonly string[], store: Store): Reply {
  if (platform === undefined) return html(200, 'Postern sandbox', overview());
  const profile = profiles.find((one) => one.id === platform);
  if (!profile) return html(404, 'Not here', '<p>There is no such platform.</p>');
  const posts = store.list({ platform, account }).filter((post) => store.isVisible(post) && post.deletedAt === null && (id === undefined || post.id === id));
  if (id !== undefined && posts.length === 0) return html(404, 'Not here', '<p>There is no such post.</p>');
  posts.sort((a, b) => (b.visibleAt ?? 0) - (a.visibleAt ?? 0));
  return html(200, account === undefined ? profile.name : `${account} on ${profile.name}`, timeline(profile, posts.slice(0, 200)));
}

function overview(): string {
  const items = profiles.map((profile: Profile) => {
    const promises = [profile.idempotent ? 'idempotency keys' : 'no idempotency', profile.readBack ? 'read-back' : 'no read-back', ...(profile.media ? ['pictures'] : [])];
    return `<article><p><a href="/${profile.id}">${escaped(profile.name)}</a></p><small>${promises.join(', ')}</small></article>`;
  });
  return `<p>Platforms that exist only on this machine. What is posted here reaches nobody.</p>${items.join('')}`;
}

function timeline(profile: Profile, posts: readonly StoredPost[]): string {
  if (posts.length === 0) return '<p>Nothing was posted here yet. <a href="/">All platforms</a></p>';
  const articles = posts.map((post) => {
    const at = new Date(post.visibleAt ?? post.takenAt).toISOString();
    const answers = post.replyTo === null ? '' : `<small>answers <a href="/${profile.id}/${escaped(post.account)}/${escaped(post.replyTo)}">${escaped(post.replyTo)}</a></small>`;
    const pictures = post.media.length === 0 ? '' : `<small>${post.media.length} picture${post.media.length === 1 ? '' : 's'}</small> `;
    return `<article>${answers}<p>${escaped(post.text)}</p>${pictures}<small><a href="/${profile.id}/${escaped(post.account)}">${escaped(post.account)}</a> · <a href="/${profile.id}/${escaped(post.account)}/${post.id}"><time datetime="${at}">${at}</time></a></small></article>`;
  });
  return `${articles.join('')}<p><a href="/">All platforms</a></p>`;
}

function html(status: number, title: string, body: string): Reply {
  return { kind: 'page', status, html: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style><h1>${escaped(title)}</h1>${body}</html>` };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
