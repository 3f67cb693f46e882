import { Module } from '@nestjs/common';
import { OutletNeeds } from './outlet-needs.service.js';

/** How long ways out take: told by the rooms that know, asked where it is decided when a post leaves. */
@Module({ providers: [OutletNeeds], exports: [OutletNeeds] })
export class OutletNeedsModule {}
