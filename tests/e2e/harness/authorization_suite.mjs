// SPDX-License-Identifier: GPL-3.0-or-later
// The official conformance suite for authorization servers, with the person it waits for.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterwards } from './clean_up.mjs';
import { suite } from './conformance_package.mjs';
import { freePort } from './free_port.mjs';
import { temporaryDirectory } from './gatehouse.mjs';
import { until } from './waiting.mjs';

const kLimit = 60000;

/** The names of all its scenarios for authorization servers, as it lists them. */
export async function scenarios() {
  const { stdout } = await promisify(execFile)(process.execPath, [suite, 'list', '--authorization']);
  return [...stdout.matchAll(/^ +- ([\w-]+)/gm)].map(([, name]) => name).sort();
}

/** The checks in the one folder of `scenario`. */
function checksOf(directory, scenario) {
  const folders = fs.readdirSync(directory).filter((name) => name.includes(scenario));
  if (folders.length !== 1) throw new Error(`${folders.length} results of ${scenario}`);
  return JSON.parse(fs.readFileSync(path.join(directory, folders[0], 'checks.json'), 'utf8'));
}

/**
 * Runs all of it against the server at `url`. `visit(address)` is the person with their browser, for whom it waits.
 * What it found: {code, output, checks: [{scenario, id, status, errorMessage}]}.
 */
export async function runAuthorizationSuite(t, { url, clientId, visit }) {
  const results = temporaryDirectory(t);
  const child = spawn(process.execPath, [suite, 'authorization', '--url', url, '--client-id', clientId,
    '--resource', `${url}/mcp`, '--port', String(await freePort()), '--output-dir', results]);
  afterwards(t, () => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  let code;
  child.once('close', (status, signal) => (code = status ?? signal));

  const address = () => /^https?:\/\/\S+\/authorize\?\S+$/m.exec(output)?.[0];
  await until('the suite asks for the browser or ends', () => address() || code !== undefined, kLimit);
  if (address()) await visit(address());
  await until('the suite ends', () => code !== undefined, kLimit);
  const checks = (await scenarios()).flatMap((scenario) =>
    checksOf(results, scenario).map((check) => ({ scenario, ...check })));
  return { code, output, checks };
}
