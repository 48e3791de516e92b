// SPDX-License-Identifier: GPL-3.0-or-later
// mcp-remote as Claude Desktop runs it: a child that speaks JSON-RPC in lines on its standard streams. What it
// would open in the person's browser comes to the test instead.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterwards } from './clean_up.mjs';
import { temporaryDirectory } from './gatehouse.mjs';
import { until, within } from './waiting.mjs';

const modules = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../node_modules');

export class McpRemote {
  #child;
  #lastId = 0;
  #waiting = new Map();
  #opened = 0;
  #text = '';

  /**
   * `release`: the folder in node_modules. `words` follow the address. `home` is kept between runs, as a person's home
   * is.
   */
  constructor(t, serverUrl, { release = 'mcp-remote', words = [], home = temporaryDirectory(t) } = {}) {
    Object.assign(this, { serverUrl, release, words });
    this.home = home;
    this.errors = '';
    afterwards(t, () => this.close());
  }

  start() {
    const bin = path.join(this.home, 'bin');
    fs.mkdirSync(bin, { recursive: true });
    const opener = path.join(bin, 'xdg-open');
    this.openedFile = path.join(this.home, 'opened');
    fs.writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" >>'${this.openedFile}'\n`, { mode: 0o755 });
    this.#opened = this.#openedLines().length;
    this.#child = spawn(process.execPath, [path.join(modules, this.release, 'dist/proxy.js'), this.serverUrl, ...this.words], {
      stdio: 'pipe',
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: this.home,
        MCP_REMOTE_CONFIG_DIR: path.join(this.home, 'mcp-auth'),
        BROWSER: opener,
      },
    });
    this.#child.stderr.on('data', (data) => (this.errors += data));
    this.#child.stdout.on('data', (data) => this.#read(data));
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`mcp-remote ended with ${code}: ${this.errors.slice(-1500)}`));
      this.#waiting.clear();
    });
    return this;
  }

  #read(data) {
    this.#text += data;
    const lines = this.#text.split('\n');
    this.#text = lines.pop();
    for (const line of lines.filter(Boolean)) {
      const message = JSON.parse(line);
      const waiting = this.#waiting.get(message.id);
      if (!waiting || message.method) continue;
      this.#waiting.delete(message.id);
      waiting.resolve(message);
    }
  }

  #openedLines() {
    return fs.existsSync(this.openedFile) ? fs.readFileSync(this.openedFile, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Whether it asked for a browser since it was started. */
  askedForBrowser() {
    return this.#openedLines().length > this.#opened;
  }

  /** The address that it opens next. */
  async openedUrl() {
    const lines = await until('mcp-remote opens the browser', () => {
      const all = this.#openedLines();
      return all.length > this.#opened && all;
    }, 30000).catch((error) => {
      throw new Error(`${error.message}: ${this.errors.slice(-1500)}`);
    });
    this.#opened += 1;
    return lines[this.#opened - 1];
  }

  /** Sends a request; the whole answer, result or error. */
  request(method, params = {}) {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return within(`the answer to ${method}`, 30000, answer);
  }

  notify(method) {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  }

  /** What Claude Desktop says first. */
  async initialize() {
    const answer = await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'claude-ai', version: '0.1.0' },
    });
    if (answer.error) throw new Error(`initialize: ${answer.error.message}`);
    this.notify('notifications/initialized');
    return answer.result;
  }

  /** The result of a tool. */
  async callTool(name, args = {}) {
    const answer = await this.request('tools/call', { name, arguments: args });
    if (answer.error) throw new Error(`${name}: ${answer.error.message}`);
    return answer.result;
  }

  /** The newest tokens that it keeps in its files. */
  tokens() {
    const root = path.join(this.home, 'mcp-auth');
    const files = fs.readdirSync(root, { recursive: true })
      .filter((name) => name.endsWith('_tokens.json'))
      .map((name) => path.join(root, name));
    if (files.length !== 1) throw new Error(`${files.length} token files`);
    return JSON.parse(fs.readFileSync(files[0], 'utf8'));
  }

  async close() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    this.#child.kill('SIGTERM');
    await within('mcp-remote ends', 5000, exited).catch(() => this.#child.kill('SIGKILL'));
  }
}
