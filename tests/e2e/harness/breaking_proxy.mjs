// SPDX-License-Identifier: GPL-3.0-or-later
// An HTTP proxy that hands every request and answer to `breakage` first, which may change them.
import http from 'node:http';
import { afterwards } from './clean_up.mjs';

async function bodyOf(message) {
  const pieces = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/**
 * Starts the proxy; its URL. `breakage.request(request)` and `breakage.answer(answer, request)` change in place
 * {method, url, path, body, rpc} and {status, headers, body}. Streams pass through as they are.
 */
export async function startProxy(t, breakage) {
  const server = http.createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url);
    const request = { method: incoming.method, url, path: url.pathname, body: await bodyOf(incoming) };
    try {
      request.rpc = JSON.parse(request.body);
    } catch {
      request.rpc = {};
    }
    breakage.request?.(request);
    const headers = { ...incoming.headers };
    if (request.body) headers['content-length'] = Buffer.byteLength(request.body);
    const upstream = http.request(request.url, { method: request.method, headers, agent: false });
    upstream.once('error', () => outgoing.destroy());
    outgoing.once('close', () => upstream.destroy());
    upstream.end(request.body);
    upstream.once('response', async (response) => {
      response.once('error', () => outgoing.destroy());
      if (request.method === 'GET' && response.headers['content-type']?.startsWith('text/event-stream')) {
        outgoing.writeHead(response.statusCode, { ...response.headers, 'transfer-encoding': 'chunked' });
        outgoing.flushHeaders();
        response.pipe(outgoing);
        return;
      }
      const answer = { status: response.statusCode, headers: { ...response.headers }, body: await bodyOf(response) };
      breakage.answer?.(answer, request);
      delete answer.headers['transfer-encoding'];
      answer.headers['content-length'] = Buffer.byteLength(answer.body);
      outgoing.writeHead(answer.status, answer.headers);
      outgoing.end(answer.body);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
