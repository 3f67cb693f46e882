/** Seeded chance (sfc32): the same seed, the same world. */
export class Chance {
  readonly #word = new Uint32Array(4);

  constructor(seed: number | string) {
    let hash = 2_166_136_261;
    for (const letter of String(seed)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
    this.#word.set([hash, hash ^ 0x9e37_79b9, hash ^ 0x85eb_ca6b, 1]);
    for (let i = 0; i < 20; i++) this.unit();
  }

  /** From 0 up to, not with, 1. */
  unit(): number {
    const w = this.#word;
    const sum = (w[0]! + w[1]! + w[3]!) >>> 0;
    w[3] = w[3]! + 1;
    w[0] = w[1]! ^ (w[1]! >>> 9);
    w[1] = w[2]! + (w[2]! << 3);
    w[2] = ((w[2]! << 21) | (w[2]! >>> 11)) + sum;
    return sum / 4_294_967_296;
  }

  is(share: number): boolean {
    return this.unit() < share;
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.unit();
  }

  /** Exponential with this mean. */
  wait(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  below(count: number): number {
    return Math.floor(this.unit() * count);
  }
}
