-- SPDX-License-Identifier: GPL-3.0-or-later
-- Clients that describe themselves in a document on the web, and personal access tokens. SQLite cannot
-- change a CHECK, so the table is made anew; nothing refers to it by a foreign key.

CREATE TABLE client_new (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('dynamic', 'metadata-document', 'pre-registered', 'token')),
    name         TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    auth_method  TEXT NOT NULL,
    secret_hash  BLOB,
    grant_types  TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    registered_by TEXT,
    application_type TEXT NOT NULL DEFAULT 'web' CHECK (application_type IN ('native', 'web')),
    fresh_until  INTEGER -- of a metadata document: until then it is not fetched again
) STRICT, WITHOUT ROWID;
INSERT INTO client_new (id, kind, name, redirect_uris, auth_method, secret_hash, grant_types, created_at,
                        last_used_at, registered_by)
    SELECT id, kind, name, redirect_uris, auth_method, secret_hash, grant_types, created_at, last_used_at,
           registered_by FROM client;
DROP TABLE client;
ALTER TABLE client_new RENAME TO client;
CREATE INDEX client_kind ON client (kind);
CREATE INDEX client_unused ON client (created_at) WHERE last_used_at IS NULL;
