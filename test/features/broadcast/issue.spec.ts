import { describe, expect, it } from '@jest/globals';
import { defaultTemplate } from '../../../src/features/broadcast/default-template.js';
import { type Issue, render } from '../../../src/features/broadcast/issue.js';
import { draftOf } from '../../../src/features/broadcast/issue-source.js';
import { compile } from '../../../src/features/broadcast/mjml.js';
import type { PartContent } from '../../../src/core/part.js';

const issue: Issue = {
  language: 'it', brand: 'Bar <b>Sport</b>', subject: 'Ciao', preheader: 'Novità', imprint: 'Bar Sport\nvia Roma 1', mjml: defaultTemplate, id: '7', utm: null, webUrl: 'https://postern.example/public/n/x',
  pictureUrl: (n) => `https://postern.example/public/n/x/pictures/${n}`,
  content: { text: 'Prima <riga>\nSeconda\n\nVedi https://bar.example/a?b=1&c=2.', media: [{ mediaId: '', mime: 'image/png', alt: 'Il "banco"' }], link: { url: 'https://bar.example/menu', title: '' } },
};
const rendered = async (over: Partial<Issue> = {}) => {
  const made = await render({ ...issue, ...over });
  if ('faults' in made) throw new Error(JSON.stringify(made.faults));
  return made;
};

describe('A newsletter', () => {
  it('has its text, its picture with its words, a button, and at its foot why, how to leave, who and where else', async () => {
    const { html, plain, webHtml } = await rendered();
    for (const part of ['Prima &#60;riga&#62;', 'alt="Il &#34;banco&#34;"', 'pictures/0', 'href="https://bar.example/menu"', 'Continua a leggere', 'xPOSTERNxUNSUBSCRIBEx', 'xPOSTERNxPREFERENCESx', 'via Roma 1', 'Leggila nel browser', 'Bar &#60;b&#62;Sport'])
      expect(html).toContain(part);
    expect(html).toMatch(/href="https:\/\/bar\.example\/a\?b=1&#38;c=2"/);
    expect(plain).toContain('Prima <riga>\nSeconda');
    expect(plain).toContain('Annulla l’iscrizione: xPOSTERNxUNSUBSCRIBEx');
    expect(webHtml).not.toMatch(/POSTERN|iscrizione/);
    expect(html).not.toMatch(/fonts\.googleapis|<script/);
  });

  it('marks its links only by the sender’s rule', async () => {
    expect((await rendered()).html).not.toContain('utm_');
    const { html } = await rendered({ utm: { source: 'nl', medium: 'email', campaign: 'c-{id}' } });
    expect(html).toContain('utm_campaign=c-7');
    expect(html).toMatch(/href="xPOSTERNxUNSUBSCRIBEx"/);
  });

  it('puts what people write into no tag', async () => {
    const evil = '"><mj-include path="/etc/passwd" /><script>alert(1)</script>{{footer}}';
    const { html } = await rendered({ subject: evil, brand: evil, imprint: evil, content: { text: evil, media: [{ mediaId: '', mime: 'image/png', alt: evil }], link: { url: 'https://bar.example/"><script>', title: evil } } });
    expect(html).not.toMatch(/<script|<mj-include|root:/);
  });
});

describe('A template', () => {
  const around = (inner: string) => `<mjml>\n<mj-body>\n<mj-section><mj-column>\n${inner}\n</mj-column></mj-section>\n</mj-body>\n</mjml>`;

  it.each([
    ['includes a file', '<mj-include path="/etc/passwd" type="html" />', 4, /cannot include files/],
    ['includes a file in other letters', '< MJ-Include path="x"/>', 4, /cannot include files/],
    ['names a file', '<mj-image src="file:///etc/passwd" />', 4, /cannot name files/],
    ['uses a tag that there is not', '<mj-text>a</mj-text>\n<mj-nonsense></mj-nonsense>', 5, /mj-nonsense/],
    ['leaves a tag open', '<mj-text>a', 5, /mj-text/],
    ['leaves a tag without an end', '<mj-text', 4, /no end|still open|mj-text/],
    ['has an attribute that there is not', '<mj-text nonsense="1">a</mj-text>', 4, /nonsense/],
  ])('that %s is refused with its line', async (_, inner, line, detail) => {
    const made = await compile(around(inner));
    if (!('faults' in made)) throw new Error('It compiled.');
    expect(made.faults[0]).toMatchObject({ line, detail: expect.stringMatching(detail) });
  });

  it('that is no MJML, or too long, is refused', async () => {
    for (const nonsense of ['hello', '', `${around('')}${' '.repeat(100_001)}`]) expect(await compile(nonsense)).toHaveProperty('faults');
  });

  it('has to leave a place for the text and for the foot', async () => {
    expect(await render({ ...issue, mjml: around('<mj-text>{{content}}</mj-text>') })).toMatchObject({ faults: [{ detail: expect.stringContaining('{{footer}}') }] });
  });
});

describe('A draft out of a post', () => {
  const part = (over: Partial<PartContent>): PartContent => ({ text: '', media: [], link: null, language: null, options: {}, ...over });

  it('takes the first line for its subject, cut at a word, and says all the parts', () => {
    const { subject, content } = draftOf([part({ text: `${'parola '.repeat(30)}\nfine` }), part({ text: 'Due', link: { url: 'https://a.example', title: 'A', description: '', thumb: null } })]);
    expect(subject).toMatch(/^(parola ){10,16}parola…$/);
    expect(content.text.endsWith('fine\n\nDue')).toBe(true);
    expect(content.link).toEqual({ url: 'https://a.example', title: 'A' });
  });

  it('takes the author’s subject where there is one', () => {
    expect(draftOf([part({ text: 'Testo', options: { subject: 'Oggetto', preheader: 'Prima' } })])).toMatchObject({ subject: 'Oggetto', preheader: 'Prima' });
  });
});
