import type { MigrationInterface } from 'typeorm';
import { Spine1763800000000 } from '../../../migrations/0001-spine.js';

/** Every migration, oldest first. One line each; a released one is never edited. */
export const migrations: readonly (new () => MigrationInterface)[] = [Spine1763800000000];
