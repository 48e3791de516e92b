-- SPDX-License-Identifier: GPL-3.0-or-later
-- For which audiences an account has had a refresh token at the tenant: one whose API has left the configuration
-- must still be found when the account signs out.

CREATE TABLE account_audience (
    account  TEXT NOT NULL REFERENCES account (id),
    audience TEXT NOT NULL,
    PRIMARY KEY (account, audience)
) STRICT, WITHOUT ROWID;
