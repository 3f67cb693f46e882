import type { MigrationInterface } from 'typeorm';
import { Spine1763800000000 } from '../../../migrations/0001-spine.js';
import { Health1764000000000 } from '../../../migrations/0002-health.js';
import { AtAMillion1764200000000 } from '../../../migrations/0003-at-a-million.js';
import { Incidents1764400000000 } from '../../../migrations/0004-incidents.js';
import { Signals1764600000000 } from '../../../migrations/0005-signals.js';
import { Audience1764700000000 } from '../../../migrations/0006-audience.js';
import { Broadcast1764800000000 } from '../../../migrations/0007-broadcast.js';
import { Blog1764900000000 } from '../../../migrations/0008-blog.js';
import { Failover1765000000000 } from '../../../migrations/0009-failover.js';
import { Drain1765100000000 } from '../../../migrations/0010-drain.js';
import { Library1765200000000 } from '../../../migrations/0011-library.js';
import { ByHand1765300000000 } from '../../../migrations/0012-by-hand.js';
import { Phone1765400000000 } from '../../../migrations/0013-phone.js';
import { CommitmentsInIncidents1765500000000 } from '../../../migrations/0014-commitments-in-incidents.js';
import { Collecting1765600000000 } from '../../../migrations/0015-collecting.js';
import { Drills1765700000000 } from '../../../migrations/0016-drills.js';
import { UtmPerOutlet1765800000000 } from '../../../migrations/0017-utm-per-outlet.js';

/** Every migration, oldest first. One line each; a released one is never edited. */
export const migrations: readonly (new () => MigrationInterface)[] = [
  Spine1763800000000, Health1764000000000, AtAMillion1764200000000, Incidents1764400000000, Signals1764600000000,
  Audience1764700000000,
  Broadcast1764800000000,
  Blog1764900000000,
  Failover1765000000000,
  Drain1765100000000,
  Library1765200000000,
  ByHand1765300000000,
  Phone1765400000000,
  CommitmentsInIncidents1765500000000,
  Collecting1765600000000,
  Drills1765700000000,
  UtmPerOutlet1765800000000,
];
