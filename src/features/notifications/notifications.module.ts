import { Module } from '@nestjs/common';
import { NoticeMailsService } from './notice-mails.service.js';
import { NoticeTaker } from './notice-taker.js';
import { NoticesController } from './notices.controller.js';
import { NoticesService } from './notices.service.js';

/** Who is told what, once. */
@Module({
  controllers: [NoticesController],
  providers: [NoticesService, NoticeTaker, NoticeMailsService],
  exports: [NoticesService],
})
export class NotificationsModule {}
