-- SPDX-License-Identifier: GPL-3.0-or-later
-- What approval windows show and limit. Programs are JSON objects {pid, name, path, parents}.

ALTER TABLE client ADD COLUMN registered_by TEXT;
CREATE INDEX client_kind ON client (kind);
CREATE INDEX client_unused ON client (created_at) WHERE kind = 'dynamic' AND last_used_at IS NULL;

ALTER TABLE interaction ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE interaction ADD COLUMN raise_requested_at INTEGER;
ALTER TABLE interaction ADD COLUMN own_listener INTEGER NOT NULL DEFAULT 0;
ALTER TABLE interaction ADD COLUMN listener TEXT;
ALTER TABLE interaction ADD COLUMN registrar TEXT;
UPDATE interaction SET raise_requested_at = created_at WHERE raised = 1;
CREATE INDEX interaction_shown ON interaction (expires_at) WHERE state = 'pending' AND raised = 1;
CREATE INDEX interaction_asking ON interaction (raise_requested_at)
    WHERE state = 'pending' AND raised = 0 AND raise_requested_at IS NOT NULL;
CREATE INDEX interaction_pending_target ON interaction (target) WHERE state = 'pending';

ALTER TABLE access_grant ADD COLUMN target TEXT NOT NULL DEFAULT '';
CREATE INDEX access_grant_active ON access_grant (ifnull(expires_at, 9223372036854775807))
    WHERE revoked_at IS NULL;
CREATE INDEX access_grant_made ON access_grant (created_at);
CREATE INDEX access_grant_of_client ON access_grant (client, created_at);
CREATE INDEX access_grant_target ON access_grant (target);
CREATE INDEX access_grant_revoked ON access_grant (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE blocked_target (
    target      TEXT PRIMARY KEY NOT NULL,
    client_name TEXT NOT NULL,
    since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
