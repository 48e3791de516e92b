// SPDX-License-Identifier: GPL-3.0-or-later
// A Gatehouse of the test's own, on free ports, with its data in a temporary directory.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterwards } from './clean_up.mjs';
import { until, within } from './waiting.mjs';

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const built = path.join(repository, 'build/release/app/gatehouse');
const kNoInstance = 3;

/** A temporary directory, short enough for sockets in it, that goes when the test is over. */
export function temporaryDirectory(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ghe2e-'));
  afterwards(t, () => fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

export class Gatehouse {
  #process;
  #exited;

  /**
   * With a `desktop` it has windows there; without, it is headless. It is the demo, or with `own: {port, files}` one
   * whose data directory the person has filled: values by file name. `binary`: another program with the same verbs.
   */
  constructor(t, { secretStore = 'memory', issuerHost = 'localhost', desktop, own,
    binary = process.env.GATEHOUSE_BINARY ?? built } = {}) {
    this.binary = binary;
    this.own = own;
    this.options = ['--secret-store', secretStore, '--port', String(own?.port ?? 0),
      ...(own ? [] : ['--demo-issuer-host', issuerHost]), ...(desktop ? [] : ['--headless'])];
    this.environment = { ...(desktop?.environment ?? process.env), QT_LOGGING_RULES: '*=true' };
    this.directory = temporaryDirectory(t);
    this.dataDirectory = path.join(this.directory, 'data');
    this.logFile = path.join(this.directory, 'gatehouse.log');
    if (own) {
      fs.mkdirSync(this.dataDirectory, { mode: 0o700 });
      for (const [name, value] of Object.entries(own.files))
        fs.writeFileSync(path.join(this.dataDirectory, name), JSON.stringify(value));
    }
    afterwards(t, () => this.stop());
  }

  /** Starts it. The ports are picked at the first start and kept. */
  launch() {
    const log = fs.openSync(this.logFile, 'a');
    this.#process = spawn(this.binary, [...this.#instance(), ...this.options], {
      stdio: ['ignore', log, log],
      env: this.environment,
    });
    fs.closeSync(log);
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve(signal ?? code));
    });
    return this;
  }

  /** Starts it and waits until its verbs answer. */
  async start() {
    this.launch();
    const status = await until('Gatehouse is ready', async () => {
      if (this.#process.exitCode !== null) throw new Error(`Gatehouse ended: ${this.log()}`);
      const { code, output, errors } = await this.run('status', '--json');
      if (code !== 0 && code !== kNoInstance) throw new Error(`gatehouse status ended with ${code}: ${errors} ${this.log()}`);
      return code === 0 && JSON.parse(output);
    });
    this.url = status.url.replace(/\/$/, '');
    this.port = status.port;
    return this;
  }

  /** Its process; windows or not, there is one. */
  get pid() {
    return this.#process.pid;
  }

  /** Resolves with its exit code when it ends by itself. */
  get exited() {
    return this.#exited;
  }

  /** Ends it as a service manager does, or by another signal; its exit code. */
  async stop(signal = 'SIGTERM') {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null) return 0;
    this.#process.kill(signal);
    return within('Gatehouse ends', 6000, this.#exited).catch(() => {
      this.#process.kill('SIGKILL');
    });
  }

  /** Ends it as a power failure does. */
  async kill() {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  async restart() {
    const before = this.url;
    const code = await this.stop();
    if (code !== 0) throw new Error(`Gatehouse stopped with ${code}`);
    await this.start();
    if (this.url !== before) throw new Error(`it came back at ${this.url} instead of ${before}`);
  }

  /** Has the person edit its configuration file by `change`, which takes effect as it starts anew. */
  async configure(change) {
    const file = path.join(this.dataDirectory, 'gatehouse.json');
    const configuration = JSON.parse(fs.readFileSync(file, 'utf8'));
    change(configuration);
    fs.writeFileSync(file, JSON.stringify(configuration));
    await this.restart();
  }

  #instance() {
    return [...(this.own ? [] : ['--demo']), '--data-dir', this.dataDirectory];
  }

  /** Runs a verb: {code, output, errors}. */
  run(...words) {
    return new Promise((resolve) => {
      execFile(this.binary, [...words, ...this.#instance()], { timeout: 10000, env: this.environment }, (error, output, errors) =>
        resolve({ code: error ? (error.code ?? error.signal) : 0, output, errors }));
    });
  }

  /** Runs a verb that must succeed; its JSON. */
  async verb(...words) {
    const { code, output, errors } = await this.run(...words, '--json');
    if (code !== 0) throw new Error(`gatehouse ${words.join(' ')} ended with ${code}: ${errors}`);
    return JSON.parse(output);
  }

  log() {
    return fs.readFileSync(this.logFile, 'utf8');
  }

  /** The one grant of the client called `name`. */
  async grantOf(name) {
    const clients = (await this.verb('clients')).filter((client) => client.name === name);
    const grants = clients.flatMap((client) => client.grants);
    if (grants.length !== 1) throw new Error(`${name} has ${grants.length} grants`);
    return grants[0];
  }

  /** Ends with an error unless everything within `work` happens in a second after `gatehouse revoke`. */
  async revoke(id, ...effects) {
    const watched = effects.map((effect) => effect());
    await this.verb('revoke', id);
    await within('revoking takes effect', 1000, Promise.all(watched));
  }
}
