-- SPDX-License-Identifier: GPL-3.0-or-later
-- A client reads what it did itself.

CREATE INDEX activity_grant ON activity (access_grant, id);
