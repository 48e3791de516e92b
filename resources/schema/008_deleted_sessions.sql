-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sessions begin again after a restart, except those that their clients have deleted.

CREATE TABLE deleted_session (
    access_grant TEXT NOT NULL,
    issued_at    INTEGER NOT NULL,
    hash         BLOB NOT NULL, -- SHA-256 of the ID
    PRIMARY KEY (access_grant, issued_at, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX deleted_session_issued ON deleted_session (issued_at);
