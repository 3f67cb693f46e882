import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { endOf, isInside } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { writeWhole } from '../../infra/database/write-whole.js';
import { fill } from '../../infra/http/problem.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { Watch } from '../../infra/watch.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { planCsv, planIcs, planText } from './plan-forms.js';
import { PlanPages, pictureBounds } from './plan-pages.service.js';
import { type PlanReader, PlanReads } from './plan-reads.service.js';
import { dateIn, planWord } from './plan-words.js';

/** Nights that are kept, of each client. */
const KEPT = 14;

interface Due {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly madeOn: string | null;
  readonly mailedOn: string | null;
  readonly memberIds: readonly string[];
  readonly emails: readonly string[];
}

/** Every night, unasked, each client's next seven days into the data folder; in the morning by mail to who wants it. */
@Injectable()
export class PlanNights implements OnModuleInit {
  private readonly logger = new Logger('plans');

  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly plans: PlanReads,
    private readonly pages: PlanPages,
    private readonly outbox: Outbox,
    private readonly watch: Watch,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'DATA_DIR'>,
  ) {}

  onModuleInit(): void {
    this.watch.hourly('plans of the next seven days', () => this.round(this.clock.now()));
    this.outbox.attachments(async (workspaceId, { clientId, reader }) => {
      const client = await this.clients.read(workspaceId, clientId);
      const plan = await this.plans.week(workspaceId, client, { now: this.clock.now(), reader });
      return { content: Buffer.from(await this.pages.write(plan, pictureBounds.mail)), mime: 'text/html', name: `plan-${dateIn(plan.from, client.zone)}.html` };
    });
  }

  /** What is due by each client's own calendar; made twice it is the same. One that fails keeps no other from its turn. */
  async round(now: Instant): Promise<void> {
    const all = await this.database.query<Due[]>(
      `SELECT c.workspace_id AS "workspaceId", c.id AS "clientId", to_char(s.made_on, 'YYYY-MM-DD') AS "madeOn", to_char(s.mailed_on, 'YYYY-MM-DD') AS "mailedOn", coalesce(s.member_ids, '{}') AS "memberIds", coalesce(s.emails, '{}') AS emails
         FROM clients c LEFT JOIN plan_settings s ON s.client_id = c.id WHERE c.archived_at IS NULL ORDER BY c.id`,
    );
    for (const due of all) {
      await this.serve(due, now).catch((error: unknown) => this.logger.warn(`The plan of client ${due.clientId} could not be made; tried again in an hour: ${String(error)}`));
    }
  }

  private async serve(due: Due, now: Instant): Promise<void> {
    const client = await this.clients.read(due.workspaceId, due.clientId);
    const today = dateIn(now, client.zone);
    if (due.madeOn !== today) {
      await this.keep(due.workspaceId, client, { now, today });
      await this.noteMade(due, today);
    }
    const isWanted = due.memberIds.length > 0 || due.emails.length > 0;
    if (due.mailedOn !== today && isWanted && isInside({ zone: client.zone, ...client.day }, now)) await this.mail(due, client, { now, today });
  }

  private async keep(workspaceId: string, client: Client, { now, today }: { readonly now: Instant; readonly today: string }): Promise<void> {
    const folder = join(resolve(this.config.DATA_DIR), 'plans', workspaceId, client.id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const plan = await this.plans.week(workspaceId, client, { now, reader: 'team' });
    const files = { html: await this.pages.write(plan, pictureBounds.file), csv: planCsv(plan), ics: planIcs(plan) };
    for (const [ending, text] of Object.entries(files)) await writeWhole(join(folder, `${today}.${ending}`), text, 0o600);
    const names = await readdir(folder);
    const days = [...new Set(names.map((name) => name.slice(0, 10)).filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)))].toSorted((a, b) => (a < b ? 1 : -1));
    const old = new Set(days.slice(KEPT));
    for (const name of names) if (old.has(name.slice(0, 10))) await rm(join(folder, name), { force: true });
  }

  /** Never in the client's night. Members see what the team sees; the client's contacts, what was approved. */
  private async mail({ workspaceId, clientId, memberIds, emails }: Due, client: Client, { now, today }: { readonly now: Instant; readonly today: string }): Promise<void> {
    const texts: Readonly<Record<PlanReader, string>> = {
      team: planText(await this.plans.week(workspaceId, client, { now, reader: 'team' })), client: planText(await this.plans.week(workspaceId, client, { now, reader: 'client' })),
    };
    const contacts = new Set(client.contacts.emails.map((address) => address.toLowerCase()));
    const isEndless = client.day.from === client.day.to;
    await this.database.transaction(async (manager) => {
      const members = await manager.query<{ id: string; name: string; email: string }[]>(
        `SELECT u.id, u.name, u.email FROM users u JOIN members m ON m.user_id = u.id AND m.workspace_id = $1 WHERE u.id = ANY($2::uuid[]) AND u.disabled_at IS NULL`, [workspaceId, memberIds],
      );
      const letter = (reader: PlanReader) => ({
        workspaceId, about: 'plan' as const, ...(!isEndless && { until: new Date(endOf({ zone: client.zone, ...client.day }, now)) }),
        mail: { subject: fill(planWord(client.language, 'subject'), { client: client.name }), text: `${planWord(client.language, 'attached')}\n\n${texts[reader]}`, attachment: { clientId, reader } },
      });
      await this.outbox.write(manager, [
        ...members.map(({ id, name, email }) => ({ ...letter('team'), once: `plan:${clientId}:${today}:${id}`, to: { name, address: email }, userId: id })),
        ...emails.filter((address) => contacts.has(address.toLowerCase())).map((address) => ({ ...letter('client'), once: `plan:${clientId}:${today}:${address.toLowerCase()}`, to: { name: client.name, address } })),
      ]);
      await manager.query('UPDATE plan_settings SET mailed_on = $3 WHERE workspace_id = $1 AND client_id = $2', [workspaceId, clientId, today]);
    });
  }

  private async noteMade({ workspaceId, clientId }: Due, today: string): Promise<void> {
    await this.database.query(
      'INSERT INTO plan_settings (workspace_id, client_id, made_on) VALUES ($1, $2, $3) ON CONFLICT (client_id) DO UPDATE SET made_on = excluded.made_on', [workspaceId, clientId, today],
    );
  }
}
