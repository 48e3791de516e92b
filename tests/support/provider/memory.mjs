// SPDX-License-Identifier: GPL-3.0-or-later
// What the tenant remembers, for every instance of oidc-provider that it runs one after the other.

export class Memory {
  #models = new Map();
  #leeway = 0;

  /** How long, in seconds, a refresh token stays good after it was rotated (Auth0's rotation overlap period). */
  set leeway(seconds) {
    this.#leeway = seconds;
  }

  forget() {
    this.#models.clear();
  }

  /** Ends every refresh token of a person; how many there were. */
  revokeRefreshTokens(accountId) {
    const tokens = this.#records('RefreshToken');
    const theirs = [...tokens].filter(([, token]) => token.accountId === accountId);
    for (const [id] of theirs) tokens.delete(id);
    return theirs.length;
  }

  /** The storage of one of its models, as oidc-provider asks for it. */
  adapter(model) {
    const records = () => this.#records(model);
    return {
      upsert: async (id, payload) => void records().set(id, structuredClone(payload)),
      find: async (id) => this.#withLeeway(model, structuredClone(records().get(id))),
      findByUid: async (uid) => structuredClone([...records().values()].find((record) => record.uid === uid)),
      destroy: async (id) => void records().delete(id),
      consume: async (id) => {
        records().get(id).consumed ??= Math.floor(Date.now() / 1000);
      },
      revokeByGrantId: async (grantId) => {
        for (const [id, record] of records()) if (record.grantId === grantId) records().delete(id);
      },
    };
  }

  #records(model) {
    if (!this.#models.has(model)) this.#models.set(model, new Map());
    return this.#models.get(model);
  }

  #withLeeway(model, record) {
    if (model === 'RefreshToken' && record?.consumed > Math.floor(Date.now() / 1000) - this.#leeway)
      delete record.consumed;
    return record;
  }
}
