// SPDX-License-Identifier: GPL-3.0-or-later

/** Choices that follow from a seed alone (xorshift32). */
export class Randomness {
  #state;

  constructor(seed) {
    this.#state = (seed | 0) || 1;
  }

  below(limit) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
