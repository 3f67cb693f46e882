/** Slots of a process for requests on their way; a component has at most a quarter of them (DESIGN §6.9). */
export const SLOTS = 200;
export const SLOTS_PER_COMPONENT = SLOTS / 4;
/** Of these, what is made ready ahead may have half: whatever hangs there, what is due finds room. */
export const PREPARES_PER_COMPONENT = Math.floor(SLOTS_PER_COMPONENT / 2);

/**
 * One hanging platform stops nobody (DESIGN §6.9): in each process a component has at most a quarter of the slots.
 * A full component never waits in a slot: its delivery is put back.
 */
export class ComponentSlots {
  private readonly taken = new Map<string, number>();

  constructor(readonly perComponent: number) {}

  take(componentId: string): boolean {
    const now = this.taken.get(componentId) ?? 0;
    if (now >= this.perComponent) return false;
    this.taken.set(componentId, now + 1);
    return true;
  }

  giveBack(componentId: string): void {
    const now = this.taken.get(componentId) ?? 0;
    if (now <= 1) this.taken.delete(componentId);
    else this.taken.set(componentId, now - 1);
  }
}
