// SPDX-License-Identifier: GPL-3.0-or-later
// A D-Bus session of the test's own with a real GNOME Keyring, which can go and come back.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterwards } from './clean_up.mjs';
import { temporaryDirectory } from './gatehouse.mjs';
import { until, within } from './waiting.mjs';

export class Keychain {
  #daemon;
  #configuration;

  constructor(t) {
    this.t = t;
    this.directory = temporaryDirectory(t);
    this.environment = { ...process.env, HOME: this.directory, XDG_DATA_HOME: this.directory, XDG_CURRENT_DESKTOP: 'GNOME' };
    delete this.environment.DISPLAY;
    delete this.environment.GNOME_KEYRING_CONTROL;
    fs.mkdirSync(path.join(this.directory, 'keyrings'), { mode: 0o700 });
  }

  /** Starts the bus; `environment` is for programs on it. */
  async start() {
    this.#configuration = path.join(this.directory, 'bus.conf');
    this.#configure();
    const bus = spawn('dbus-daemon', [`--config-file=${this.#configuration}`, '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'] });
    afterwards(this.t, () => bus.kill());
    const [address] = await new Promise((resolve) => createInterface(bus.stdout).once('line', (line) => resolve([line])));
    this.environment.DBUS_SESSION_BUS_ADDRESS = address;
    afterwards(this.t, () => this.stop());
    return this;
  }

  /** The keychain is there, with its password given, or locked with nobody to ask for it. */
  async come({ unlocked }) {
    const options = ['--foreground', '--components=secrets', ...(unlocked ? ['--unlock'] : [])];
    this.#daemon = spawn('gnome-keyring-daemon', options, { stdio: ['pipe', 'ignore', 'ignore'], env: this.environment });
    this.#daemon.stdin.end('a password\n');
    await until('the keychain is on the bus', () => this.#isThere());
  }

  /** The keychain is gone. */
  async stop() {
    if (!this.#daemon || this.#daemon.exitCode !== null || this.#daemon.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#daemon.once('exit', resolve));
    this.#daemon.kill();
    await within('the keychain ends', 5000, gone);
  }

  /** The keychain answers nothing until it goes on. */
  pause() {
    this.#daemon.kill('SIGSTOP');
  }

  goOn() {
    this.#daemon.kill('SIGCONT');
  }

  /** From now on the bus lets nobody speak to the keychain, or does again. */
  async refuse(isRefused) {
    this.#configure(isRefused ? '<deny send_destination="org.freedesktop.secrets"/>' : '');
    await this.#askBus('ReloadConfig');
  }

  /** Without service files: nothing is started on the bus but what the test starts. */
  #configure(rules = '') {
    fs.writeFileSync(this.#configuration, `<busconfig><type>session</type><listen>unix:dir=${this.directory}</listen>
      <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>${rules}</policy>
      </busconfig>`);
  }

  async #isThere() {
    return (await this.#askBus('NameHasOwner', 'string:org.freedesktop.secrets')).includes('boolean true');
  }

  #askBus(method, ...values) {
    return new Promise((resolve) => {
      const asked = spawn('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/',
        `org.freedesktop.DBus.${method}`, ...values], { env: this.environment });
      let output = '';
      asked.stdout.on('data', (data) => (output += data));
      asked.once('exit', () => resolve(output));
    });
  }
}
