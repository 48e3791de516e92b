// SPDX-License-Identifier: GPL-3.0-or-later
// The official conformance suite for MCP servers.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from './conformance_package.mjs';
import { temporaryDirectory } from './gatehouse.mjs';

const kLimit = 120000;

/** {code, output} */
function run(...words) {
  return new Promise((resolve) => {
    execFile(process.execPath, [suite, ...words], { timeout: kLimit, maxBuffer: 64 * 1024 * 1024 }, (error, output, errors) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, output: output + errors }));
  });
}

/** The scenarios for servers that it says a revision requires: names. */
export async function requiredScenarios(revision) {
  const { output } = await run('list', '--requirements', revision);
  const [, servers] = /^Server scenarios .*\n((?: {2}- .*\n)+)/m.exec(output) ?? [];
  return servers ? [...servers.matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name) : [];
}

/** What each scenario found, as it wrote it down: {name: [{id, status, errorMessage}]}. */
function readChecks(directory) {
  const scenarios = {};
  for (const folder of fs.readdirSync(directory)) {
    const [, name] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder) ?? [];
    if (!name || scenarios[name]) throw new Error(`unexpected results: ${folder}`);
    scenarios[name] = JSON.parse(fs.readFileSync(path.join(directory, folder, 'checks.json'), 'utf8'));
  }
  return scenarios;
}

/**
 * Runs it against the server at `url`; `choice` are the options that say which scenarios. What it found:
 * {code, output, scenarios: {name: [{id, status, errorMessage}]}}.
 */
export async function runServerSuite(t, url, ...choice) {
  const results = temporaryDirectory(t);
  const ended = await run('server', '--url', url, '--output-dir', results, ...choice);
  return { ...ended, scenarios: readChecks(results) };
}
