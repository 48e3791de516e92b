// SPDX-License-Identifier: GPL-3.0-or-later
// A real browser.
import http from 'node:http';
import { chromium } from 'playwright-core';
import { afterwards } from './clean_up.mjs';

const launchOptions = {
  executablePath: process.env.GATEHOUSE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
};

/** A Chromium that ends with the test. */
export async function launch(t, { args = [] } = {}) {
  const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, ...args] });
  afterwards(t, () => browser.close());
  return browser;
}

/** Waits until the page is at the client; otherwise says where it stands and what the browser complained of. */
export async function arriveAt(page, address, problems) {
  await page.waitForURL(`${address}*`, { timeout: 10000 }).catch(() => {
    throw new Error(`the browser stays at ${page.url()}: ${problems.join('; ')}`);
  });
}

/** What the browser complains of on `page` from now on. */
export function problemsOf(page) {
  const problems = [];
  page.on('console', (message) => {
    // The demo tenant has no icon, which every browser asks for.
    const icon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !icon) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}

/** A client's own redirect address, which answers a page. */
export async function clientAddress(t) {
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<title>The client</title>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => server.close());
  return `http://127.0.0.1:${server.address().port}/callback`;
}

/** The matching code on the waiting page. */
export const codeOn = (page) => page.locator('.code [aria-hidden]').textContent();
