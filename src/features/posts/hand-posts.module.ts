import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { HandPosts } from './hand-posts.service.js';

/** What people post themselves. */
@Module({ imports: [ChannelsModule], providers: [HandPosts], exports: [HandPosts] })
export class HandPostsModule {}
