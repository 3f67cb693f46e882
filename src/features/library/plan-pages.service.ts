import { Injectable } from '@nestjs/common';
import { DomainError } from '../../infra/http/problem.js';
import { MediaService } from '../media/media.service.js';
import { planPage, type Shown } from './plan-page.js';
import type { Plan } from './plan-reads.service.js';

/** Of pictures' own bytes; in the page they take a third more. */
export interface PictureBounds {
  readonly each: number;
  readonly all: number;
}

/** Of a file on disk, of a page that is opened, and of what a mail may carry. */
export const pictureBounds = {
  file: { each: 8_000_000, all: 24_000_000 },
  page: { each: 5_000_000, all: 15_000_000 },
  mail: { each: 2_500_000, all: 5_000_000 },
} as const satisfies Record<string, PictureBounds>;

/** Plans as one file that holds its pictures, as far as they fit. */
@Injectable()
export class PlanPages {
  constructor(private readonly media: MediaService) {}

  async write(plan: Plan, bounds: PictureBounds): Promise<string> {
    const shown = new Map<string, Shown>();
    let left = bounds.all;
    for (const { mediaId, mime, bytes } of plan.items.flatMap(({ parts }) => parts.flatMap(({ media }) => media))) {
      if (shown.has(mediaId)) continue;
      if (!mime.startsWith('image/')) shown.set(mediaId, { why: 'noPicture' });
      else if (bytes > bounds.each || bytes > left) shown.set(mediaId, { why: 'tooLarge' });
      else {
        const data = await this.data(plan.workspaceId, mediaId, mime);
        shown.set(mediaId, data === null ? { why: 'lost' } : { data });
        if (data !== null) left -= bytes;
      }
    }
    return planPage(plan, shown);
  }

  private async data(workspaceId: string, mediaId: string, mime: string): Promise<string | null> {
    const bytes = await this.media.open(workspaceId, mediaId).then((blob) => blob.arrayBuffer()).catch((error: unknown) => {
      if (error instanceof DomainError) return null; // deleted, or its bytes are lost
      throw error;
    });
    return bytes === null ? null : `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`;
  }
}
