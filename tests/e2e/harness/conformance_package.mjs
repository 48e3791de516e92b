// SPDX-License-Identifier: GPL-3.0-or-later
// The program of the official conformance suite.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** To be run by node itself. */
export const suite = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
  '../node_modules/@modelcontextprotocol/conformance/dist/index.js');
