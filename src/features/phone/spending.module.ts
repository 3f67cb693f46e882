import { Module } from '@nestjs/common';
import { Spending } from './spending.service.js';

/** What phones may cost. */
@Module({ providers: [Spending], exports: [Spending] })
export class SpendingModule {}
