// SPDX-License-Identifier: GPL-3.0-or-later
// The one page that a person sees: who are you? No script, no password.

export function signInPage(action, users) {
  const buttons = users.map((user) => `<button name="user" value="${user}">${user}</button>`).join('\n');
  return `<!doctype html>
<title>Sign in</title>
<form method="post" action="${action}">
${buttons}
<button name="cancel" value="1">Cancel</button>
</form>
`;
}
