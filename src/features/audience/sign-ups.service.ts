import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Language } from '../../infra/http/problem.js';
import { problems } from '../../infra/http/problem.js';
import { keyOf, tidy } from './address.js';
import { ConfirmationLetters } from './confirmation-letters.service.js';
import { listColumns, type ListRow } from './list-rows.js';
import { HONEYPOT, type SignUpBody } from './sign-up.schema.js';
import { SubscribingService } from './subscribing.service.js';

const fail = problems({
  'sign-up-closed': { status: 404, en: 'Nobody can sign up here at the moment. Ask whoever gave you the address.', it: 'Al momento qui non ci si può iscrivere. Chiedi a chi ti ha dato l’indirizzo.' },
  'sign-up-address': { status: 422, en: 'This is no whole e-mail address. Write it like anna@example.com.', it: 'Questo non è un indirizzo e-mail completo. Scrivilo come anna@esempio.it.' },
  'sign-up-consent': { status: 422, en: 'Tick the box to say that you agree.', it: 'Spunta la casella per dire che acconsenti.' },
  'sign-up-too-often': { status: 429, en: 'Many sign-ups came from your connection just now. Try again in an hour.', it: 'Dalla tua connessione sono appena arrivate molte iscrizioni. Riprova tra un’ora.' },
});

/** Sign-ups in an hour. A stand at a fair, or an office, shares one address. */
const mostPerAddress = 60;

/** A list as its public page shows it. */
export interface OpenList extends ListRow {
  readonly brand: string;
}

/** Signing up, by anybody: the same answer whether the address is known or not. */
@Injectable()
export class SignUpsService {
  constructor(
    private readonly database: DataSource,
    private readonly subscribing: SubscribingService,
    private readonly letters: ConfirmationLetters,
  ) {}

  /** The list of this page. @throws DomainError sign-up-closed (404) */
  async open(token: string): Promise<OpenList> {
    const [list] = await this.database.query<OpenList[]>(
      `SELECT ${listColumns}, c.name AS brand FROM lists l JOIN clients c ON c.id = l.client_id
        WHERE l.signup_token = $1 AND l.signup_open AND l.kind = 'email' AND l.archived_at IS NULL AND c.archived_at IS NULL`,
      [token],
    );
    // A sign-up nobody can be asked about would be a promise that is not kept.
    if (!list || !(await this.letters.mayAsk(this.database.manager, list.workspaceId))) throw fail('sign-up-closed');
    return list;
  }

  /** @throws DomainError sign-up-address, sign-up-consent (422), sign-up-too-often (429) */
  async signUp(list: OpenList, body: SignUpBody, from: { readonly ip: string | null; readonly language: Language }): Promise<void> {
    await this.countTry(from.ip);
    const addressKey = keyOf({ kind: list.kind, text: body.address, country: list.country });
    if (addressKey === null) throw fail('sign-up-address');
    if (body.consent === undefined || body.consent === '') throw fail('sign-up-consent');
    if ((body[HONEYPOT] ?? '') !== '') return; // a program: it is told what everybody is told
    await this.database.transaction(async (manager) => {
      const { subscriberId, before, state, barred } = await this.subscribing.join(manager, list, {
        address: tidy(body.address), addressKey, name: body.name, language: body.language ?? from.language, tags: [], source: 'form', ip: from.ip, stated: null,
      });
      const isNews = state === 'confirmed' && before !== 'confirmed'; // on the list at once: the page says so
      if (barred === null && !isNews) await this.letters.ask(manager, subscriberId, list.id);
    });
  }

  /** Counted in Postgres, for all api processes; the try is written first, so that many at once all count. */
  private async countTry(ip: string | null): Promise<void> {
    const who = `address:${ip ?? ''}`;
    await this.database.query('INSERT INTO sign_up_tries (who) VALUES ($1)', [who]);
    const [row] = await this.database.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM sign_up_tries WHERE who = $1 AND at > now() - interval '1 hour'`, [who]);
    if (row === undefined || row.count > mostPerAddress) throw fail('sign-up-too-often', {}, { retryAfterSeconds: 3_600 });
  }
}
