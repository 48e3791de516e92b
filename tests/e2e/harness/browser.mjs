// SPDX-License-Identifier: GPL-3.0-or-later
// The person and their browser, as far as a server can tell: cookies, redirects, Sec-Fetch headers, buttons.
import { send } from './http.mjs';

const unescapeHtml = (text) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'")
  .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const attribute = (tag, name) =>
  unescapeHtml(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

/** Fetch Metadata §2.2 */
function siteRelation(initiator, target) {
  if (!initiator) return 'none';
  if (initiator.origin === target.origin) return 'same-origin';
  return initiator.hostname === target.hostname ? 'same-site' : 'cross-site';
}
const distance = ['none', 'same-origin', 'same-site', 'cross-site'];
const farther = (a, b) => (distance.indexOf(a) > distance.indexOf(b) ? a : b);

export class Browser {
  #cookies = [];
  #policy;

  /** `stop`: an address that is not opened; arriving there ends a navigation. */
  constructor({ stop } = {}) {
    this.stop = stop && new URL(stop);
    this.visited = [];
  }

  /** Every cookie value it was ever given. */
  get cookieValues() {
    return this.#cookies.map(({ value }) => value).filter(Boolean);
  }

  arrived() {
    return Boolean(this.stop) && this.url.origin === this.stop.origin && this.url.pathname === this.stop.pathname;
  }

  /** As a click in another program does. */
  open(url, { initiator } = {}) {
    return this.#navigate(new URL(url), { initiator });
  }

  reload() {
    return this.open(this.url);
  }

  press(label) {
    for (const [, formTag, content] of this.page.text.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gs)) {
      for (const [, tag, text] of content.matchAll(/(<button\b[^>]*>)(.*?)<\/button>/gs)) {
        if (!text.includes(label)) continue;
        const fields = new URLSearchParams();
        for (const [input] of content.matchAll(/<input\b[^>]*>/g))
          fields.append(attribute(input, 'name'), attribute(input, 'value'));
        if (attribute(tag, 'name')) fields.append(attribute(tag, 'name'), attribute(tag, 'value'));
        const target = new URL(attribute(formTag, 'action'), this.url);
        return this.#navigate(target, { initiator: this.url, form: fields });
      }
    }
    throw new Error(`no button "${label}" at ${this.url.pathname} (${this.page.status})`);
  }

  async #navigate(target, { initiator, form }) {
    let site = 'none';
    let url = target;
    let body = form;
    this.#policy = this.page?.headers['referrer-policy'];
    for (let hop = 0; hop < 20; hop += 1) {
      site = farther(site, siteRelation(initiator, url));
      this.url = url;
      this.visited.push(url.href);
      if (this.arrived()) {
        this.page = undefined;
        return;
      }
      this.page = await this.#fetch(url, site, body, initiator);
      this.#keepCookies(url);
      if (![301, 302, 303, 307, 308].includes(this.page.status)) return;
      url = new URL(this.page.headers.location, url);
      body = undefined;
    }
    throw new Error('too many redirects');
  }

  #fetch(url, site, form, initiator) {
    const headers = {
      Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'Accept-Language': 'en',
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Gatehouse-Tests',
      'Upgrade-Insecure-Requests': '1',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Site': site,
      'Sec-Fetch-User': '?1',
    };
    // RFC 6265bis §5.2: Lax cookies do not go along with a POST from another site.
    const cookies = form && site === 'cross-site' ? [] : this.#cookies.filter((cookie) => this.#suits(cookie, url));
    if (cookies.length > 0) headers.Cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    if (!form) return send(url, { headers });
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
    // Fetch §3.1: a page with this policy does not say where its forms come from.
    headers.Origin = this.#policy === 'no-referrer' ? 'null' : initiator.origin;
    return send(url, { method: 'POST', headers, body: form.toString() });
  }

  #suits(cookie, url) {
    const below = cookie.path === '/' || url.pathname === cookie.path || url.pathname.startsWith(`${cookie.path}/`);
    return !cookie.expired && cookie.host === url.hostname && below;
  }

  #keepCookies(url) {
    for (const line of this.page.headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const [name, ...rest] = pair.split('=');
      const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
      for (const old of this.#cookies) {
        if (old.name === name && old.host === url.hostname && old.path === path) old.expired = true;
      }
      const expired = attributes.some((part) => /^max-age=0$/i.test(part));
      this.#cookies.push({ name, value: rest.join('='), host: url.hostname, path, expired });
    }
  }
}

/** The matching code on the waiting page. */
export function shownCode(html) {
  const code = /class="code".*?aria-hidden="true">([A-Z0-9]+)</s.exec(html)?.[1];
  if (!code) throw new Error('the page shows no code');
  return code;
}

/** The one request that waits, which must show `code`. */
export async function pendingApproval(gatehouse, code) {
  const approvals = (await gatehouse.verb('approvals')).filter((approval) => approval.code === code);
  if (approvals.length !== 1) throw new Error(`${approvals.length} requests wait with the code ${code}`);
  return approvals[0];
}

/**
 * Plays the person from the address that a client opened to the client's own address: compares the codes,
 * approves in the terminal, signs in as `person`. `browser.url` is where it ended. With an `account` that is signed
 * in already, the browser does not go to the tenant.
 */
export async function allow(gatehouse, url, { person = 'Alice', account, browser = new Browser() } = {}) {
  await browser.open(url);
  const approval = await pendingApproval(gatehouse, shownCode(browser.page.text));
  await gatehouse.verb('approve', approval.id, ...(account ? ['--account', account] : []));
  await browser.reload();
  // A tenant session or a known account may make signing in unnecessary. Who turns out to have had more than was asked
  // for is asked once more by a tenant that has not seen it in this browser.
  for (let pages = 0; pages < 2 && browser.page?.text.includes('Who do you want to be'); pages += 1) await browser.press(person);
  return { browser, approval };
}

/** The same for a person who denies. */
export async function deny(gatehouse, url, { browser = new Browser() } = {}) {
  await browser.open(url);
  const approval = await pendingApproval(gatehouse, shownCode(browser.page.text));
  await gatehouse.verb('deny', approval.id);
  await browser.reload();
  return { browser, approval };
}
