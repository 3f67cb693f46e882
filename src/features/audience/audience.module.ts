import { Module } from '@nestjs/common';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { AudienceService } from './audience.service.js';
import { ConfirmPageController } from './confirm-page.controller.js';
import { ConfirmationLetters } from './confirmation-letters.service.js';
import { ConfirmationsService } from './confirmations.service.js';
import { ErasedAddresses } from './erased-addresses.service.js';
import { ErasureService } from './erasure.service.js';
import { ImportFiles } from './import-files.service.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';
import { LeavePageController } from './leave-page.controller.js';
import { LeavingService } from './leaving.service.js';
import { ListMembersService } from './list-members.service.js';
import { ListsController } from './lists.controller.js';
import { ListsService } from './lists.service.js';
import { PersonalDataService } from './personal-data.service.js';
import { PersonalSources } from './personal-sources.service.js';
import { PreferencesPageController } from './preferences-page.controller.js';
import { PreferencesService } from './preferences.service.js';
import { SegmentsController } from './segments.controller.js';
import { SegmentsService } from './segments.service.js';
import { SignUpPageController } from './sign-up-page.controller.js';
import { SignUpsService } from './sign-ups.service.js';
import { SubscribersController } from './subscribers.controller.js';
import { SubscribersService } from './subscribers.service.js';
import { SubscribingService } from './subscribing.service.js';
import { SuppressionRows } from './suppression-rows.service.js';
import { SuppressionsController } from './suppressions.controller.js';
import { SuppressionsService } from './suppressions.service.js';

/** Who is written to, by what consent: lists, subscribers, segments, suppressions, and the pages where people come and go. */
@Module({
  imports: [WorkspacesModule],
  controllers: [
    ListsController, SubscribersController, ImportsController, SegmentsController, SuppressionsController,
    SignUpPageController, ConfirmPageController, LeavePageController, PreferencesPageController,
  ],
  providers: [
    AudienceService, ConfirmationLetters, ConfirmationsService, ErasedAddresses, ErasureService, ImportFiles, ImportsService, LeavingService, ListMembersService, ListsService,
    PersonalDataService, PersonalSources, PreferencesService, SegmentsService, SignUpsService, SubscribersService, SubscribingService, SuppressionRows, SuppressionsService,
  ],
  exports: [AudienceService, ImportsService, ListsService, PersonalSources],
})
export class AudienceModule {}
