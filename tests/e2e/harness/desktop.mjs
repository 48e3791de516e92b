// SPDX-License-Identifier: GPL-3.0-or-later
// A desktop of the test's own, and the person at it: reads what windows say as a screen reader does, and answers
// with real clicks and keys.
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterwards } from './clean_up.mjs';
import { delay, until, within } from './waiting.mjs';

const harness = path.dirname(fileURLToPath(import.meta.url));
const session = path.join(harness, '../../support/desktop_session.sh');

function* allNodes(nodes) {
  for (const node of nodes) {
    yield node;
    yield* allNodes(node.children);
  }
}

/** Everything in `window` whose role and name (or text) fit; a string fits when it is the same. */
export function parts(window, { role, name } = {}) {
  const fits = (wanted, ...values) => wanted === undefined
    || values.some((value) => (wanted instanceof RegExp ? wanted.test(value) : wanted === value));
  return [...allNodes(window.children)].filter((node) => fits(role, node.role) && fits(name, node.name, node.text));
}

/** The one part of `window` that fits. */
export function part(window, wanted) {
  const found = parts(window, wanted);
  if (found.length !== 1) throw new Error(`${found.length} parts of "${window.name}" are ${JSON.stringify(wanted)}, ${wanted.name}`);
  return found[0];
}

/** All words of a window, as one text. */
export const wordsOf = (window) =>
  [...allNodes([window])].flatMap((node) => [node.name, node.text]).filter(Boolean).join('\n');

export class Desktop {
  /** `keychain`: unlocked, locked or absent. Without `tray` the desktop has no panel. */
  constructor(t, { keychain = 'unlocked', tray = true } = {}) {
    this.options = [keychain, tray ? 'tray' : 'bare'];
    afterwards(t, () => this.stop());
  }

  /** A busy machine may be too slow for one of its parts; then it is made anew, once. */
  async start() {
    try {
      return await this.#make();
    } catch {
      await this.stop();
      return this.#make();
    }
  }

  async #make() {
    this.child = spawn(session, this.options, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    this.child.stdout.on('data', (data) => (output += data));
    this.child.stderr.on('data', (data) => (errors += data));
    await until('the desktop is there', () => {
      if (this.child.exitCode !== null) throw new Error(`the desktop ended: ${errors}`);
      return output.includes('ready=yes\0');
    }, 30000);
    const lines = output.split('\0').filter((line) => line.includes('='));
    this.environment = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return this;
  }

  async stop() {
    if (!this.child || this.child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await within('the desktop ends', 5000, exited).catch(() => this.child.kill('SIGTERM'));
  }

  /** Runs a program on this desktop; its output. */
  run(program, ...words) {
    return new Promise((resolve, reject) => {
      execFile(program, words, { env: this.environment, timeout: 20000, maxBuffer: 1 << 26 }, (error, output, errors) =>
        (error ? reject(new Error(`${program} ${words.join(' ')}: ${error.message} ${errors}`)) : resolve(output)));
    });
  }

  /** The windows that are shown, with all that is in them. */
  async windows() {
    return JSON.parse(await this.run('/usr/bin/python3', path.join(harness, 'accessible.py')));
  }

  /** The window that has a part which fits, once there is one. */
  windowWith(wanted, limit = 10000) {
    let seen = [];
    return until('a window', async () => {
      seen = await this.windows();
      return seen.find((window) => parts(window, wanted).length > 0);
    }, limit).catch((error) => {
      throw new Error(`${error.message}, with ${JSON.stringify(wanted)} ${wanted.name}; there are: ${seen.map(wordsOf).join('\n--\n')}`);
    });
  }

  /** The approval window of the request with this code. */
  approvalWindow(code, limit) {
    return this.windowWith({ name: `Code ${[...code].join(', ')}` }, limit);
  }

  /** Clicks "Allow" in the approval window with this code, as a person does: the first click only activates it. */
  async allow(code) {
    const window = await this.approvalWindow(code);
    await this.click(parts(window, { role: 'label', name: /asks to act for you|asks for|talk to Gatehouse|an access token for/ })[0]);
    await this.rest();
    await this.click(await this.enabled({ role: 'push button', name: 'Allow' }));
    return window;
  }

  /** Waits until a window has a part that fits and is enabled; that part. */
  enabled(wanted, limit = 5000) {
    return until(`${JSON.stringify(wanted)} is enabled`, async () =>
      (await this.windows()).flatMap((window) => parts(window, wanted)).find(({ states }) => states.includes('enabled')), limit);
  }

  /** A click of the left button in the middle of a part. */
  async click({ x, y, width, height }) {
    if (!(width > 0 && height > 0)) throw new Error('it has no place on the screen');
    await this.run('xdotool', 'mousemove', `${Math.round(x + width / 2)}`, `${Math.round(y + height / 2)}`, 'click', '1');
  }

  /** Keys as xdotool names them, one after the other, to whatever has the focus. */
  async press(...keys) {
    await this.run('xdotool', 'key', '--delay', '60', ...keys);
  }

  /** The middle of the panel's only icon. */
  async trayIcon() {
    const id = (await this.run('xdotool', 'search', '--class', 'trayer')).trim().split('\n').at(-1);
    const place = Object.fromEntries((await this.run('xdotool', 'getwindowgeometry', '--shell', id)).trim().split('\n').map((line) => line.split('=')));
    return { x: Number(place.X), y: Number(place.Y), width: Number(place.WIDTH), height: Number(place.HEIGHT) };
  }

  /** The window that the window manager takes for the active one; empty when none is. */
  async activeWindow() {
    return (await this.run('xdotool', 'getactivewindow', 'getwindowname').catch(() => '')).trim();
  }

  /** Half a second and more: as long as an approval window sleeps. */
  rest() {
    return delay(600);
  }
}
