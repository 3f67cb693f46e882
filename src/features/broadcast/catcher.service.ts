import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { storable } from '../../infra/facts/fact-writer.js';

export interface CaughtMail {
  readonly about: 'newsletter' | 'sms';
  readonly address: string;
  readonly subject: string;
  readonly html?: string;
  readonly text: string;
  readonly fromName: string;
}

/** Mails and SMS that reach nobody, of a demo and where no mail server is set up: kept to be looked at, beside the letters. */
@Injectable()
export class Catcher {
  constructor(private readonly database: DataSource) {}

  async keep(workspaceId: string, mails: readonly CaughtMail[], manager: EntityManager = this.database.manager): Promise<void> {
    const rows = mails.map(({ about, address, subject, html, text, fromName }) => ({ id: uuid(), address, subject, mail: { about, toName: '', subject, html, text, fromName } }));
    await manager.query(
      `INSERT INTO caught_mails (id, workspace_id, to_address, subject, mail)
       SELECT id, $1, address, subject, mail FROM jsonb_to_recordset($2::jsonb) AS m (id uuid, address text, subject text, mail jsonb)`, [workspaceId, storable(rows)]);
  }
}
