-- SPDX-License-Identifier: GPL-3.0-or-later
-- What strangers can fill is counted, and its oldest found, along an index.

DROP INDEX client_unused;
CREATE INDEX client_unused ON client (kind, created_at) WHERE last_used_at IS NULL;
CREATE INDEX interaction_unraised ON interaction (raise_requested_at IS NOT NULL, expires_at)
    WHERE state = 'pending' AND raised = 0;
CREATE INDEX interaction_done ON interaction (expires_at) WHERE state IN ('denied', 'finished');
CREATE INDEX authorization_code_grant ON authorization_code (access_grant);
