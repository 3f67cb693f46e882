import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Mailer, NoMailer } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mail, if SMTP_URL is set. */
@Global()
@Module({
  providers: [
    { provide: Mailer, inject: [CONFIG], useFactory: (config: Config): Mailer => (config.SMTP_URL === undefined ? new NoMailer() : new SmtpMailer(config.SMTP_URL)) },
  ],
  exports: [Mailer],
})
export class MailModule implements OnApplicationShutdown {
  constructor(@Inject(Mailer) private readonly mailer: Mailer) {}

  onApplicationShutdown(): void {
    this.mailer.close();
  }
}
