-- SPDX-License-Identifier: GPL-3.0-or-later
-- A request may also be for a personal access token, which nobody's browser waits for.

ALTER TABLE interaction ADD COLUMN kind TEXT NOT NULL DEFAULT 'access' CHECK (kind IN ('access', 'token'));
ALTER TABLE interaction ADD COLUMN max_age TEXT NOT NULL DEFAULT '';
