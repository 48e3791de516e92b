-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sessions begin again after a restart, except those that their clients have deleted.

CREATE TABLE deleted_session (
    hash      BLOB PRIMARY KEY, -- SHA-256 of the ID
    issued_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deleted_session_issued ON deleted_session (issued_at);
