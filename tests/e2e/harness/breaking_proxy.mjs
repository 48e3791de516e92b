// SPDX-License-Identifier: GPL-3.0-or-later
// Servers in between that hand every request and answer to `breakage` first, which may change them.
import http from 'node:http';
import { afterwards } from './clean_up.mjs';

async function bodyOf(message) {
  const pieces = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A server that passes everything on to `target`, or to where a request says itself; its port. */
async function startBetween(t, { target, breakage }) {
  const server = http.createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url, target);
    const request = { method: incoming.method, url, path: url.pathname, body: await bodyOf(incoming) };
    try {
      request.rpc = JSON.parse(request.body);
    } catch {
      request.rpc = {};
    }
    breakage.request?.(request);
    const headers = { ...incoming.headers, host: url.host };
    if (request.body) headers['content-length'] = Buffer.byteLength(request.body);
    const upstream = http.request(request.url, { method: request.method, headers, agent: false });
    upstream.once('error', () => outgoing.destroy());
    outgoing.once('close', () => upstream.destroy());
    upstream.end(request.body);
    upstream.once('response', async (response) => {
      response.once('error', () => outgoing.destroy());
      const isOpenEnded = request.method === 'GET' || request.rpc.method === 'subscriptions/listen';
      if (isOpenEnded && response.headers['content-type']?.startsWith('text/event-stream')) {
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
  return server.address().port;
}

/**
 * Starts an HTTP proxy; its URL. `breakage.request(request)` and `breakage.answer(answer, request)` change in place
 * {method, url, path, body, rpc} and {status, headers, body}. Streams pass through as they are.
 */
export async function startProxy(t, breakage) {
  return `http://127.0.0.1:${await startBetween(t, { breakage })}`;
}

/**
 * Starts a server on localhost that stands for the one at `origin`, so that whatever that one says of its own address
 * becomes the mirror's, and the other way round; its URL. `breakage` as above, seen as the mirror's client sees it.
 * A browser that was sent away, to sign in, does not come back to the mirror.
 */
export async function startMirror(t, origin, breakage = {}) {
  let own;
  const rename = (text, from, to) => text.replaceAll(from, to).replaceAll(encodeURIComponent(from), encodeURIComponent(to));
  const port = await startBetween(t, {
    target: origin,
    breakage: {
      request: (request) => {
        breakage.request?.(request);
        request.url = new URL(rename(request.url.href.slice(origin.length), own, origin), origin);
        request.body = rename(request.body, own, origin);
      },
      answer: (answer, request) => {
        if (answer.headers.location) answer.headers.location = rename(answer.headers.location, origin, own);
        answer.body = rename(answer.body, origin, own);
        breakage.answer?.(answer, request);
      },
    },
  });
  own = `http://localhost:${port}`;
  return own;
}
