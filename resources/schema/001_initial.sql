-- SPDX-License-Identifier: GPL-3.0-or-later
-- Times are milliseconds since 1970-01-01T00:00Z; lists are JSON arrays of strings.
-- Tokens, codes, secrets and cookies appear as SHA-256 only.

CREATE TABLE client (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('dynamic', 'pre-registered')),
    name         TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    auth_method  TEXT NOT NULL,
    secret_hash  BLOB,
    grant_types  TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id           TEXT PRIMARY KEY NOT NULL,
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    picture      TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL,
    scopes       TEXT NOT NULL,
    UNIQUE (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction (
    id              TEXT PRIMARY KEY NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('pending', 'allowed', 'denied', 'finished')),
    client          TEXT NOT NULL,
    client_name     TEXT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    redirect_uri_given INTEGER NOT NULL,
    scopes          TEXT NOT NULL,
    resource        TEXT NOT NULL,
    client_state    TEXT NOT NULL,
    code_challenge  TEXT NOT NULL,
    prompt          TEXT NOT NULL,
    login_hint      TEXT NOT NULL,
    origin          TEXT NOT NULL,
    browser_hash    BLOB NOT NULL,
    matching_code   TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    raised          INTEGER NOT NULL,
    decided_at      INTEGER,
    granted_scopes  TEXT NOT NULL,
    account         TEXT,
    grant_until     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX interaction_expiry ON interaction (expires_at);
CREATE INDEX interaction_client ON interaction (client);

CREATE TABLE access_grant (
    id           TEXT PRIMARY KEY NOT NULL,
    client       TEXT NOT NULL,
    client_name  TEXT NOT NULL,
    account      TEXT NOT NULL REFERENCES account (id),
    scopes       TEXT NOT NULL,
    resource     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    revoked_why  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_client ON access_grant (client) WHERE revoked_at IS NULL;
CREATE INDEX access_grant_expiry ON access_grant (expires_at) WHERE revoked_at IS NULL;

CREATE TABLE authorization_code (
    hash           BLOB PRIMARY KEY NOT NULL,
    access_grant   TEXT NOT NULL REFERENCES access_grant (id) ON DELETE CASCADE,
    client         TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    expires_at     INTEGER NOT NULL,
    consumed_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_code_expiry ON authorization_code (expires_at);

CREATE TABLE access_token (
    hash         BLOB PRIMARY KEY NOT NULL,
    access_grant TEXT NOT NULL REFERENCES access_grant (id) ON DELETE CASCADE,
    scopes       TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_expiry ON access_token (expires_at);
CREATE INDEX access_token_grant ON access_token (access_grant);

CREATE TABLE refresh_token (
    hash           BLOB PRIMARY KEY NOT NULL,
    access_grant   TEXT NOT NULL REFERENCES access_grant (id) ON DELETE CASCADE,
    expires_at     INTEGER NOT NULL,
    consumed_at    INTEGER,
    successor_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_expiry ON refresh_token (expires_at);
CREATE INDEX refresh_token_grant ON refresh_token (access_grant);

CREATE TABLE activity (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    access_grant TEXT NOT NULL,
    client_name  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    what         TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    duration_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_at ON activity (at);

-- Small facts about this instance that are not secret, such as its ports and its keychain name.
CREATE TABLE instance (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
