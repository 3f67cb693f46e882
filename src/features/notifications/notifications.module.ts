import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { ClientPagesModule } from '../incidents/client-pages.module.js';
import { IncidentsModule } from '../incidents/incidents.module.js';
import { LibraryModule } from '../library/library.module.js';
import { MediaModule } from '../media/media.module.js';
import { HandPostsModule } from '../posts/hand-posts.module.js';
import { ReviewsModule } from '../posts/reviews.module.js';
import { CallsModule } from '../phone/calls.module.js';
import { AsksController } from './asks.controller.js';
import { AsksService } from './asks.service.js';
import { AwayService } from './away.service.js';
import { CaughtMailsController } from './caught-mails.controller.js';
import { CaughtMailsService } from './caught-mails.service.js';
import { ClientNoticeLetters } from './client-notice-letters.service.js';
import { ClientNoticePreviewService } from './client-notice-preview.service.js';
import { ClientNoticeRounds } from './client-notice-rounds.service.js';
import { ClientNoticeSender } from './client-notice-sender.service.js';
import { ClientNoticeSettingsController } from './client-notice-settings.controller.js';
import { ClientNoticeSettingsService } from './client-notice-settings.service.js';
import { ClientNoticeWriter } from './client-notice-writer.service.js';
import { ClientNoticesController } from './client-notices.controller.js';
import { ClientNoticesService } from './client-notices.service.js';
import { DutiesController } from './duties.controller.js';
import { DutiesService } from './duties.service.js';
import { DutyReadiness } from './duty-readiness.service.js';
import { EscalationService } from './escalation.service.js';
import { HandAsks } from './hand-asks.service.js';
import { IncidentNewsService } from './incident-news.service.js';
import { MailRoadsService } from './mail-roads.service.js';
import { NoticeMailsService } from './notice-mails.service.js';
import { NoticeTaker } from './notice-taker.js';
import { NoticesController } from './notices.controller.js';
import { NoticesService } from './notices.service.js';
import { TeamLettersService } from './team-letters.service.js';
import { UrgentCalls } from './urgent-calls.service.js';

const toTheTeam = [AsksService, AwayService, DutiesService, DutyReadiness, EscalationService, HandAsks, IncidentNewsService, TeamLettersService, UrgentCalls];
const toClients = [
  ClientNoticeLetters, ClientNoticePreviewService, ClientNoticeRounds, ClientNoticeSender, ClientNoticeSettingsService, ClientNoticesService, ClientNoticeWriter,
];

/** Who is told what, once. */
@Module({
  imports: [LibraryModule, MediaModule, HandPostsModule, ReviewsModule, HealthModule, IncidentsModule, ClientPagesModule, CallsModule],
  controllers: [AsksController, CaughtMailsController, ClientNoticeSettingsController, ClientNoticesController, DutiesController, NoticesController],
  providers: [CaughtMailsService, MailRoadsService, NoticesService, NoticeTaker, NoticeMailsService, ...toTheTeam, ...toClients],
  exports: [AsksService, ClientNoticesService, NoticesService],
})
export class NotificationsModule {}
