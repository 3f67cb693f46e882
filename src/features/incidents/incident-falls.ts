import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Instant } from '../../core/instant.js';
import { verdicts } from '../../core/verdict.js';
import type { Fall } from '../library/touched-commitments.service.js';
import type { Incident, IncidentComponent } from './incident-rows.js';
import { hasFallen, isOnlyMedia } from './incident-state.js';

/** What a component did not work, from one fall to the next return; one that gets worse or better meanwhile has a stretch for each. */
export interface ComponentFall extends Fall {
  readonly component: IncidentComponent;
}

interface Told {
  readonly componentId: string;
  /** By the database's clock. */
  readonly at: Date;
  readonly payload: unknown;
}

type Stretch = Pick<Fall, 'from' | 'to'> & { readonly onlyMedia: boolean };

const Payload = z.object({ to: z.enum(verdicts), media: z.enum(verdicts).optional(), impaired: z.boolean().default(false), at: z.iso.datetime().optional(), firstAt: z.iso.datetime().optional() });

/** Each fall of the incident's components by itself, flaps too: between two of them the platform worked. Of what goes on up to `now`. */
export async function fallsOf(manager: EntityManager, { id, components }: Incident, now: Instant): Promise<readonly ComponentFall[]> {
  const told = await manager.query<Told[]>(
    `SELECT component_id AS "componentId", at, payload FROM incident_events WHERE incident_id = $1 AND kind = 'state' AND component_id = ANY($2::text[]) ORDER BY at, id`,
    [id, components.map(({ componentId }) => componentId)],
  );
  return components.flatMap((component) => {
    const { connectorId, componentId } = component;
    return stretchesOf(component, told.filter((one) => one.componentId === componentId), now).map((stretch) => ({ ...stretch, component, connectorId, componentId }));
  });
}

/** By what was told of it; where that is not known any more, from its first fall to its last return. */
function stretchesOf({ firstFellAt, backAt, onlyMedia }: IncidentComponent, told: readonly Told[], now: Instant): readonly Stretch[] {
  const found: Stretch[] = [];
  let open: Omit<Stretch, 'to'> | null = null;
  for (const { payload, at: toldAt } of told) {
    const { success, data } = Payload.safeParse(payload);
    if (!success) continue;
    const said = { to: data.to, media: data.media ?? data.to };
    const at = instantOf(data.at, toldAt);
    if (!hasFallen(said)) {
      if (open && !data.impaired) {
        found.push({ ...open, to: at });
        open = null;
      }
    } else if (!open) {
      open = { from: Math.max(instantOf(data.firstAt, toldAt), found.at(-1)?.to ?? 0), onlyMedia: isOnlyMedia(said) };
    } else if (open.onlyMedia !== isOnlyMedia(said)) {
      found.push({ ...open, to: at });
      open = { from: at, onlyMedia: isOnlyMedia(said) };
    }
  }
  if (open) found.push({ ...open, to: backAt?.getTime() ?? now });
  return found.length > 0 ? found : [{ from: firstFellAt.getTime(), to: backAt?.getTime() ?? now, onlyMedia }];
}

const instantOf = (iso: string | undefined, otherwise: Date): Instant => (iso === undefined ? otherwise.getTime() : Date.parse(iso));
