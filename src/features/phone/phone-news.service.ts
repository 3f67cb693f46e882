import { Injectable } from '@nestjs/common';

/** What a gateway tells later of something it took. It may come twice, and in any order. */
export interface PhoneTold {
  readonly workspaceId: string;
  /** Ours, as it was handed to the gateway. */
  readonly ref: string;
  readonly remoteId: string | null;
  /** `taken`: it has it, and nothing else is known yet. */
  readonly state: 'taken' | 'arrived' | 'busy' | 'no-answer' | 'opted-out' | 'failed';
  /** Of a failure, as the gateway words it. */
  readonly detail: string | null;
}

type Taker = (told: PhoneTold) => Promise<boolean>;

/** Whoever sends by a gateway hears here what became of it. */
@Injectable()
export class PhoneNews {
  private readonly takers: Taker[] = [];

  /** Call it in `onModuleInit`. The taker answers whether this was one of its own; told twice, it does nothing the second time. */
  register(taker: Taker): void {
    this.takers.push(taker);
  }

  /** @returns false when nobody sent that */
  async tell(told: PhoneTold): Promise<boolean> {
    for (const taker of this.takers) if (await taker(told)) return true;
    return false;
  }
}
