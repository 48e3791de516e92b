// SPDX-License-Identifier: GPL-3.0-or-later
// Plain HTTP requests with every header under our control, which fetch does not allow.
import http from 'node:http';

/** Opens a request; gives the response as soon as its head is there. */
export function open(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      request.removeListener('error', reject);
      request.on('error', () => {}); // a stream that is cut is seen through its 'close'
      response.on('error', () => {});
      resolve(response);
    });
    request.end(body);
  });
}

/** Sends a request and reads the whole answer: {status, headers, text, json()}. */
export async function send(url, options) {
  const response = await open(url, options);
  const pieces = [];
  for await (const piece of response) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  return { status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** Posts a JSON-RPC message as an MCP client. */
export function postRpc(url, message, { token, session, revision, headers = {} } = {}) {
  return send(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(session && { 'Mcp-Session-Id': session }),
      ...(revision && { 'MCP-Protocol-Version': revision }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });
}

/** The JSON-RPC answer in an HTTP answer, whether it is plain JSON or one event of a stream. */
export function rpcResult(answer) {
  if (answer.headers['content-type']?.startsWith('application/json')) return answer.json();
  const data = answer.text.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return JSON.parse(data.at(-1).slice(5));
}
