// SPDX-License-Identifier: GPL-3.0-or-later
// A program of its own that abuses the server on the port it is given: `abuser.mjs PORT`. It says "idle N" once
// its idle connections are made and "uploaded" when its upload is over, and goes on until it is killed.
import net from 'node:net';

const kMegabyte = 1 << 20;
const kUpload = 300 * kMegabyte;
const kHalfOpen = 500;
const kIdle = 3000;

const port = Number(process.argv[2]);

function connect(text) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {}); // the server may close it
  socket.once('connect', () => text && socket.write(text));
  return socket;
}

/** Sends a body whether it is wanted or not. */
function upload() {
  const socket = connect(
    `POST /register HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\nContent-Length: ${kUpload}\r\n\r\n`);
  const piece = Buffer.alloc(kMegabyte, 'x');
  let left = kUpload;
  const pump = () => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('drain', pump).once('connect', pump);
  socket.once('close', () => console.log('uploaded'));
}

upload();
for (let i = 0; i < kHalfOpen; i += 1) connect('GET /healthz HTTP/1.1\r\nHost: localhost');
let made = 0;
for (let i = 0; i < kIdle; i += 1) {
  connect().once('connect', () => {
    made += 1;
    if (made === kIdle) console.log(`idle ${made}`);
  });
}
