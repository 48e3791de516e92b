// SPDX-License-Identifier: GPL-3.0-or-later
// What the tools of the demo answer.
import assert from 'node:assert/strict';

/** The JSON that a tool answered. */
export function toolOutput(result) {
  assert.ok(!result.isError, `the tool failed: ${result.content?.[0]?.text}`);
  return result.structuredContent ?? JSON.parse(result.content[0].text);
}

/** The titles in an answer of list-todos. */
export function titles(result) {
  const output = toolOutput(result);
  return (Array.isArray(output) ? output : output.todos).map((todo) => todo.title);
}
