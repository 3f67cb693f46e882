import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { PageQuery } from '../../infra/http/page.schema.js';
import { problems } from '../../infra/http/problem.js';
import type { Letter, LetterMail } from '../../infra/mail/letter.js';
import type { CaughtMail, CaughtMailHead } from './caught-mail.schema.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

const fail = problems({
  'caught-mail-not-found': {
    status: 404,
    en: 'There is no such mail here. The list has those of the last 30 days.',
    it: 'Questa e-mail non c’è. L’elenco ha quelle degli ultimi 30 giorni.',
  },
});

interface Row {
  readonly id: string;
  readonly to_address: string;
  readonly subject: string;
  readonly mail: LetterMail & { readonly about: Letter['about']; readonly toName: string };
  readonly caught_at: Date;
  readonly key: string;
}

/** Mails that went nowhere: without SMTP_URL all of them, of a demo always. `workspaceId: null` = the installation's own. */
@Injectable()
export class CaughtMailsService {
  constructor(private readonly database: DataSource) {}

  /** Newest first. */
  async list(workspaceId: string | null, { limit, cursor }: PageQuery): Promise<Page<CaughtMailHead>> {
    const after = decodeCursor(cursor, Key);
    const rows: Row[] = await this.database.query(
      `SELECT id, to_address, subject, mail, caught_at, to_json(caught_at) #>> '{}' AS key FROM caught_mails
        WHERE workspace_id ${is(workspaceId)} AND ($2::timestamptz IS NULL OR (caught_at, id) < ($2, $3))
        ORDER BY caught_at DESC, id DESC LIMIT $4`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: items.map(headOf), next };
  }

  /** @throws DomainError caught-mail-not-found (404) */
  async read(workspaceId: string | null, id: string): Promise<CaughtMail> {
    const [row]: Row[] = await this.database.query(`SELECT * FROM caught_mails WHERE workspace_id ${is(workspaceId)} AND id = $2`, [workspaceId, id]);
    if (!row) throw fail('caught-mail-not-found');
    const { fromName, replyTo, text, html, logo } = row.mail;
    return { ...headOf(row), from: fromName ?? 'Postern', replyTo: replyTo ?? null, text, html: html ?? null, logoMediaId: logo?.mediaId ?? null };
  }
}

/** Of one workspace; of none, asked so that the index is used. */
const is = (workspaceId: string | null): string => (workspaceId === null ? 'IS NULL AND $1::uuid IS NULL' : '= $1::uuid');

function headOf({ id, to_address, subject, mail, caught_at }: Row): CaughtMailHead {
  return { id, about: mail.about, to: { name: mail.toName, address: to_address }, subject, caughtAt: caught_at.toISOString() };
}
