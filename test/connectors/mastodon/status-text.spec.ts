import { describe, expect, it } from '@jest/globals';
import { textOfHtml } from '../../../src/connectors/html.js';
import { comparable } from '../../../src/connectors/mastodon/status-text.js';

const same = (html: string, text: string): void => expect(comparable(textOfHtml(html))).toBe(comparable(text));

describe('the words of a status', () => {
  it('survive paragraphs and breaks', () => {
    same('<p>One<br />two<br>three</p><p>four</p>', 'One\ntwo\nthree\n\nfour');
  });

  it('hold an address whole, though its ends are hidden', () => {
    same(
      '<p>See <a href="https://example.com/a/very/long/path?x=1&amp;y=2" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="ellipsis">example.com/a/very/long/pa</span><span class="invisible">th?x=1&amp;y=2</span></a></p>',
      'See https://example.com/a/very/long/path?x=1&y=2',
    );
  });

  it('hold a mention without its host', () => {
    same('<p><span class="h-card" translate="no"><a href="https://b.example/@ada" class="u-url mention">@<span>ada</span></a></span> hi</p>', '@ada@b.example hi');
  });

  it('hold a tag', () => {
    same('<p><a href="https://a.example/tags/caff%C3%A8" class="mention hashtag" rel="tag">#<span>caffè</span></a></p>', '#caffè');
  });

  it('decode entities once', () => {
    same('<p>&lt;b&gt; &quot;a&quot; &#39;b&#39; &apos;c&apos; &amp;lt; &#x1f600; &unknown; &#99999999;</p>', '<b> "a" \'b\' \'c\' &lt; 😀 &unknown; &#99999999;');
  });

  it('tell other words apart', () => {
    expect(comparable(textOfHtml('<p>Open at 9</p>'))).not.toBe(comparable('Open at 10'));
  });
});
