// SPDX-License-Identifier: GPL-3.0-or-later
// What a test leaves behind goes in the reverse order of its making; node:test's own hooks run in the same order.

const stacks = new WeakMap();

/** Runs `action` when the test `t` is over, before everything that was registered earlier. */
export function afterwards(t, action) {
  if (!stacks.has(t)) {
    const stack = [];
    stacks.set(t, stack);
    t.after(async () => {
      while (stack.length > 0) await stack.pop()();
    });
  }
  stacks.get(t).push(action);
}
