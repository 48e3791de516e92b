// SPDX-License-Identifier: GPL-3.0-or-later
// The servers that are measured. Each has a name, {port, pid}, its measured calls and a way to be stopped.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gatehouse, repository } from '../e2e/harness/gatehouse.mjs';
import { postRpc, send } from '../e2e/harness/http.mjs';
import { PlainClient } from '../e2e/harness/plain_client.mjs';
import { delay, until } from '../e2e/harness/waiting.mjs';

export const kSession = '2025-11-25';
export const kStateless = '2026-07-28';

const here = path.dirname(fileURLToPath(import.meta.url));
export const program = (name) => path.join(repository, 'build/release/tests/bench', name);
const service = path.join(repository, 'build/release/app/gatehouse');
const fixtures = path.join(repository, 'build/release/tests/conformance/gatehouse-conformance');

/** The two calls that are measured, with a text that each right answer holds. */
export const kWhoami = { method: 'tools/call', name: 'whoami', text: 'account' };
export const kConstant = fs.existsSync(fixtures)
  ? { method: 'tools/call', name: 'test_simple_text', text: 'simple text response' }
  : { method: 'tools/list', text: 'whoami' };

const kClockTicks = 100; // of /proc/PID/stat, in a second

/** Its resident memory in MB. */
export function residentMemory(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/** The processor time that it has taken, in microseconds. */
export function processorTime(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / kClockTicks;
}

/** `params` of `call` as a client of `revision` sends them. */
function paramsOf(call, revision) {
  return {
    ...(call.name && { name: call.name, arguments: {} }),
    ...(revision === kStateless && {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': kStateless,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      },
    }),
  };
}

function headersOf(call, revision) {
  if (revision !== kStateless) return {};
  return { 'Mcp-Method': call.method, ...(call.name && { 'Mcp-Name': call.name }) };
}

export class Server {
  constructor(name, { port, pid, token, revisions, stop }) {
    Object.assign(this, { name, port, pid, token, revisions, stop, url: `http://localhost:${port}/mcp` });
  }

  /** Sends one message. */
  post(message, { revision = kSession, session, token = this.token, headers } = {}) {
    return postRpc(this.url, message, { token, session, revision, headers });
  }

  /** Makes one call as a client of `revision`, which must succeed. */
  async call(call, revision = this.revisions.at(-1)) {
    const session = revision === kSession ? await this.newSession() : undefined;
    const answer = await this.post({ id: 1, method: call.method, params: paramsOf(call, revision) },
      { revision, session, headers: headersOf(call, revision) });
    if (answer.status !== 200 || !answer.text.includes(call.text))
      throw new Error(`${this.name} answered ${answer.status}: ${answer.text}`);
  }

  async newSession(token = this.token) {
    const answer = await this.post({ id: 1, method: 'initialize',
      params: { protocolVersion: kSession, capabilities: {}, clientInfo: { name: 'bench', version: '1' } } }, { token });
    if (answer.status !== 200) throw new Error(`${this.name} began no session: ${answer.text}`);
    return answer.headers['mcp-session-id'];
  }

  /** `call` as bytes for load_driver, in a session of its own where `revision` has them. */
  async request(call, revision) {
    const session = revision === kSession ? await this.newSession() : undefined;
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'ID', method: call.method, params: paramsOf(call, revision) })
      .replace('"ID"', '########');
    const headers = {
      Host: `localhost:${this.port}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': revision,
      ...(this.token && { Authorization: `Bearer ${this.token}` }),
      ...(session && { 'Mcp-Session-Id': session }),
      ...headersOf(call, revision),
      'Content-Length': Buffer.byteLength(body),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
  }
}

/** A route that answers everything with the text of `kConstant`. */
class BareRoute extends Server {
  newSession() {
    return 'any';
  }
}

/** Starts a program that prints its port. */
async function startPrinting(t, ...command) {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    await exited;
  };
  t.after(stop);
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const [, port] = await until('a port', () => /^(\d+)\n/.exec(output));
  return { port: Number(port), pid: child.pid, stop };
}

export async function startBareRoute(t) {
  return new BareRoute('bare route', { ...await startPrinting(t, program('bare_route')), revisions: [kSession, kStateless] });
}

/** `sdk`: 'v1' with sessions, or 'v2' without. */
export async function startTypeScript(t, sdk) {
  const script = path.join(here, 'typescript_server.mjs');
  return new Server(`TypeScript SDK ${sdk}`, {
    ...await startPrinting(t, process.execPath, script, sdk), revisions: [sdk === 'v1' ? kSession : kStateless],
  });
}

/** The service; with `offers: kConstant` that of the conformance suite where it has another tool. */
export class Service extends Server {
  #gatehouse;

  static async start(t, offers = kWhoami) {
    const gatehouse = new Gatehouse(t, { binary: offers.name === 'test_simple_text' ? fixtures : service });
    gatehouse.environment = process.env; // without the debug log of tests
    await gatehouse.start();
    await new PlainClient(gatehouse).signIn();
    const { token } = await gatehouse.verb('token', 'create', 'Bench');
    const server = new Service('Gatehouse', {
      port: gatehouse.port, pid: gatehouse.pid, token, revisions: [kSession, kStateless], stop: () => gatehouse.stop(),
    });
    server.#gatehouse = gatehouse;
    return server;
  }

  /** A token of a grant of its own. */
  async newToken(name) {
    return (await this.#gatehouse.verb('token', 'create', name)).token;
  }

  /** Starts it again after stop(), and returns without waiting until it answers. */
  launch() {
    this.pid = this.#gatehouse.launch().pid;
  }

  /** Resolves when it serves requests. */
  async serves() {
    for (;;) {
      const answer = await send(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined);
      if (answer?.status === 200) return;
      await delay(1);
    }
  }
}
