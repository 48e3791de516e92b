// SPDX-License-Identifier: GPL-3.0-or-later
// Asks every second whether the request stands where this page says, and goes on once it does not.
// Without this script the page's own link does the same.
"use strict";
(() => {
  const status = document.getElementById("status");
  document.getElementById("script").hidden = false;
  document.getElementById("again").hidden = true;
  const poll = async () => {
    try {
      const answer = await fetch(status.dataset.poll, { cache: "no-store" });
      const state = answer.ok ? (await answer.json()).state : "gone";
      if (state !== status.dataset.state) {
        window.location.replace(status.dataset.next);
        return;
      }
    } catch {
      // Gatehouse is restarting: the next try tells.
    }
    window.setTimeout(poll, 1000);
  };
  window.setTimeout(poll, 500);
})();
