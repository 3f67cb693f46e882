import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { fail } from './broadcast-problems.js';
import { Catcher } from './catcher.service.js';
import { defaultTemplate } from './default-template.js';
import { type Issue, render, tokens } from './issue.js';
import { sayIn } from './issue-words.js';
import { composer } from './mime.js';
import { SenderRoads } from './sender-roads.service.js';
import { domainOf, type SenderRow } from './sender-row.js';
import { SendersService } from './senders.service.js';
import type { TestResult } from './sender.schema.js';
import { Signatures } from './signatures.service.js';
import { SmtpLane } from './smtp-lane.js';

const times = { stepMs: 15_000, mailMs: 25_000 };

/** Trials, to members alone: a sender that is not verified reaches nobody else. */
@Injectable()
export class TestLetters {
  constructor(
    private readonly database: DataSource,
    private readonly senders: SendersService,
    private readonly clients: ClientsService,
    private readonly roads: SenderRoads,
    private readonly signatures: Signatures,
    private readonly catcher: Catcher,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError sender-unknown (404), sender-reader-only (422) */
  async send(caller: Caller, id: string, to: string): Promise<TestResult> {
    const sender = await this.senders.row(caller.workspaceId, id);
    const members: { kind: 'live' | 'demo' }[] = await this.database.query(
      `SELECT w.kind FROM members m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL JOIN workspaces w ON w.id = m.workspace_id WHERE m.workspace_id = $1 AND lower(u.email) = lower($2)`,
      [caller.workspaceId, to]);
    if (!members[0]) throw fail('sender-reader-only', { to });
    const issue = await this.trialOf(sender);
    const rendered = await render(issue);
    if ('faults' in rendered) throw new Error('Our own template has a fault.');
    if (this.roads.isCaught(sender, members[0].kind)) {
      await this.catcher.keep(sender.workspaceId, [{ about: 'newsletter', address: to, subject: issue.subject, html: rendered.html, text: rendered.plain, fromName: sender.fromName }]);
      return { state: 'caught', detail: null };
    }
    const domain = domainOf(sender.fromAddress);
    const raw = composer({ ...sender, subject: issue.subject, html: rendered.html, plain: rendered.plain, listId: `trial.${domain}`, tokens })({
      to, messageId: `${randomUUID()}@${domain}`, date: new Date(this.clock.now()), unsubscribeUrl: issue.webUrl, preferencesUrl: issue.webUrl, list: '',
    });
    const { server, address } = this.roads.of(sender);
    const lane = new SmtpLane(server, address, times);
    const result = await lane.send({ from: sender.fromAddress, to }, await this.signatures.sign(sender, raw), Promise.resolve(true));
    lane.close();
    return { state: result.outcome === 'sent' ? 'sent' : 'failed', detail: result.detail };
  }

  private async trialOf(sender: SenderRow): Promise<Issue> {
    const client = await this.clients.read(sender.workspaceId, sender.clientId);
    const text = sayIn(client.language)('test');
    return {
      language: client.language, brand: client.name, subject: `${client.name}: ${text}`, preheader: text, content: { text, media: [], link: null }, imprint: sender.imprint,
      mjml: defaultTemplate, id: 'trial', utm: null, webUrl: `https://${domainOf(sender.fromAddress)}/`, pictureUrl: () => '',
    };
  }
}
