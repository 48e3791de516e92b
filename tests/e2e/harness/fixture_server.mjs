// SPDX-License-Identifier: GPL-3.0-or-later
// Gatehouse with the tools, resources and prompts of the official conformance suite (tests/conformance).
import path from 'node:path';
import { Gatehouse, repository } from './gatehouse.mjs';

const built = path.join(repository, 'build/dev/tests/conformance/gatehouse-conformance');

/** Starts it. */
export function startFixtures(t) {
  return new Gatehouse(t, { binary: process.env.GATEHOUSE_CONFORMANCE_BINARY ?? built }).start();
}
