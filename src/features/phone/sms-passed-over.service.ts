import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { moneyIn } from '../../core/money.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { type PassedOver, PassedOverOutlets } from '../posts/passed-over.service.js';
import type { SmsReason } from './told.schema.js';

/** Says once a day and client that its posts do not leave by SMS, because this month's limit is used up. */
@Injectable()
export class SmsPassedOver implements OnModuleInit {
  constructor(
    private readonly outlets: PassedOverOutlets,
    private readonly facts: FactWriter,
  ) {}

  onModuleInit(): void {
    this.outlets.register('sms', (manager, passed) => this.tell(manager, passed));
  }

  private async tell(manager: EntityManager, { workspaceId, clientId, postId, deliveryId, outlet, instead, isMissed }: PassedOver): Promise<void> {
    // By the client's day; of two that are passed over at once one waits here, and finds it told.
    const [rows]: [{ client: string; capMinor: number; currency: string; day: string }[], number] = await manager.query(
      `UPDATE sms_caps k SET passed_over_on = (now() AT TIME ZONE c.zone)::date FROM clients c
        WHERE c.workspace_id = $1 AND c.id = $2 AND k.client_id = c.id AND k.passed_over_on IS DISTINCT FROM (now() AT TIME ZONE c.zone)::date
       RETURNING c.name AS client, k.cap_minor AS "capMinor", k.currency, k.passed_over_on::text AS day`, [workspaceId, clientId]);
    const [told] = rows;
    if (!told) return;
    const { client, capMinor, currency, day } = told;
    const limit = { minor: capMinor, currency };
    const code: SmsReason = instead.length > 0 ? 'passed-over' : isMissed ? 'no-way-left-missed' : 'no-way-left';
    await this.facts.write(manager, [{
      kind: 'sms.over-cap', workspaceId, subjectId: null,
      payload: {
        clientId, client, postId, deliveryId, channelId: outlet.channelId, day,
        reason: { code: `sms-${code}`, detail: instead.join(', '), params: { limit: moneyIn('en', limit), limitIt: moneyIn('it', limit) } },
      },
    }]);
  }
}
