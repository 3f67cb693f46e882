import { editedMeanwhile, problems } from '../../infra/http/problem.js';

export const fail = problems({
  'blog-incomplete': {
    status: 400,
    en: 'Before the blog is switched on, choose the last word of its address.',
    it: 'Prima di attivare il blog scegli l’ultima parola del suo indirizzo.',
  },
  'blog-slug-taken': { status: 409, en: 'Another blog has, or had, this address. Choose another word.', it: 'Un altro blog ha, o ha avuto, questo indirizzo. Scegli un’altra parola.' },
  'accent-pale': {
    status: 400,
    en: 'Links in {accent} could hardly be read on white: the contrast is {contrast}, at least 4.5 is needed. Take a darker colour, e.g. {better}.',
    it: 'I link in {accent} si leggerebbero a stento sul bianco: il contrasto è {contrast}, ne serve almeno 4,5. Scegli un colore più scuro, per esempio {better}.',
  },
  'article-unknown': { status: 404, en: 'There is no such article in this workspace. `GET /articles` lists yours.', it: 'In questo workspace non c’è questo articolo. `GET /articles` elenca i tuoi.' },
  'article-empty': {
    status: 400,
    en: 'Section {section} of the article says nothing: write something, add a picture or a link, or leave the section out.',
    it: 'La sezione {section} dell’articolo è vuota: scrivi qualcosa, aggiungi un’immagine o un link, oppure togli la sezione.',
  },
  'article-picture': {
    status: 400,
    en: '{mediaId} is no picture of this workspace that browsers show (JPEG, PNG, WebP, GIF, AVIF). Upload it, or choose another.',
    it: '{mediaId} non è un’immagine di questo workspace che i browser mostrano (JPEG, PNG, WebP, GIF, AVIF). Caricala, o scegline un’altra.',
  },
  ...editedMeanwhile,
});
