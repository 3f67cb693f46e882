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
  private readonly crowds = new Map<string, Set<string>>();

  constructor(readonly perComponent: number) {}

  take(componentId: string): boolean {
    const now = this.taken.get(componentId) ?? 0;
    if (now >= this.perComponent) return false;
    this.taken.set(componentId, now + 1);
    return true;
  }

  /** Put back for want of a slot. @returns how many times over what waits here would fill them, 1 at least. */
  turnedAway(componentId: string, id: string): number {
    const crowd = this.crowds.get(componentId) ?? new Set();
    this.crowds.set(componentId, crowd.add(id));
    return Math.max(1, crowd.size / this.perComponent);
  }

  /** It found a slot. */
  letIn(componentId: string, id: string): void {
    this.crowds.get(componentId)?.delete(id);
  }

  giveBack(componentId: string): void {
    const now = this.taken.get(componentId) ?? 0;
    // Nobody in, so nobody waits either: what was cancelled or went out elsewhere is forgotten here.
    if (now <= 1) this.crowds.delete(componentId);
    if (now <= 1) this.taken.delete(componentId);
    else this.taken.set(componentId, now - 1);
  }
}
