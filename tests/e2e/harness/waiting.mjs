// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting for what happens elsewhere.

export const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks again until `probe` gives something; fails, naming `what`, after `limit` milliseconds. */
export async function until(what, probe, limit = 15000) {
  const deadline = Date.now() + limit;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false && found !== null) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
    await delay(20);
  }
}

/** `promise`, or a failure that names `what` after `limit` milliseconds. */
export function within(what, limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limit} ms`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
