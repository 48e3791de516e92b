// SPDX-License-Identifier: GPL-3.0-or-later
// A server on the official TypeScript SDK with the two tools that are measured and no authorization. Prints its port.
//   typescript_server.mjs v1|v2    v1: 2025-11-25 in sessions; v2: 2026-07-28
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';

// The packages are those of the end to end tests.
const load = createRequire(new URL('../e2e/package.json', import.meta.url));
const z = load('zod');

const caller = {
  account: { id: 'alice', name: 'Alice Martin', email: 'alice@example.com', issuer: 'http://localhost:8378/' },
  client: 'Bench',
  scopes: ['read:todos'],
  expiresAt: '2030-01-01T00:00:00Z',
};
const callerSchema = z.object({
  account: z.object({ id: z.string(), name: z.string(), email: z.string(), issuer: z.string() }),
  client: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.string().nullable(),
});

function addTools(server) {
  server.registerTool('whoami', { description: 'Tells which account you act for.', outputSchema: callerSchema }, () => ({
    content: [{ type: 'text', text: JSON.stringify(caller) }],
    structuredContent: caller,
  }));
  server.registerTool('test_simple_text', { description: 'Answers a constant text.' }, () => ({
    content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
  }));
  return server;
}

const info = { name: 'bench', version: '1' };

/** One server and transport for each session, as the SDK's own examples do it. */
function v1() {
  const { McpServer } = load('@modelcontextprotocol/sdk/server/mcp.js');
  const { StreamableHTTPServerTransport } = load('@modelcontextprotocol/sdk/server/streamableHttp.js');
  const sessions = new Map();
  return async (request, response) => {
    let transport = sessions.get(request.headers['mcp-session-id']);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse: true,
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      await addTools(new McpServer(info)).connect(transport);
    }
    await transport.handleRequest(request, response);
  };
}

function v2() {
  const { createMcpHandler, McpServer } = load('@modelcontextprotocol/server');
  const { toNodeHandler } = load('@modelcontextprotocol/node');
  return toNodeHandler(createMcpHandler(() => addTools(new McpServer(info)), { legacy: 'reject' }));
}

const handler = { v1, v2 }[process.argv[2]]();
const server = http.createServer((request, response) => handler(request, response));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
