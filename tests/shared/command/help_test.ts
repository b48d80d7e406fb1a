import assert from "node:assert/strict";
import { formatDocPage } from "@optique/core/doc";
import { formatMessage } from "@optique/core/message";
import { getDocPage } from "@optique/core/parser";
import { listenArguments } from "../../../client/command/arguments.ts";
import { findArguments } from "../../../client/command/find_arguments.ts";
import { demoArguments } from "../../../scripts/demo/arguments.ts";
import { serveArguments } from "../../../server/command/arguments.ts";
import { directoryArguments } from "../../../server/command/directory_arguments.ts";
import { examples, helpLayout, SHOW_DEFAULT } from "../../../shared/command/help.ts";
import { viewArguments } from "../../../viewer/command/arguments.ts";

const COMMANDS = {
  serve: serveArguments,
  listen: listenArguments,
  view: viewArguments,
  find: findArguments,
  directory: directoryArguments,
  demo: demoArguments,
};

function help(name: keyof typeof COMMANDS, columns: number | undefined): string {
  const layout = { ...helpLayout(columns), showDefault: SHOW_DEFAULT, colors: false };
  return formatDocPage(`streamer ${name}`, { ...getDocPage(COMMANDS[name])!, usage: [] }, layout);
}

const wordsOf = (text: string) => text.split(/\s+/);

for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
  Deno.test(`the help of ${name} fits into terminals of 50 to 300 columns, and breaks no word`, () => {
    const whole = help(name, undefined);
    for (const columns of [50, 60, 71, 72, 80, 100, 300]) {
      const text = help(name, columns);
      assert.deepEqual(wordsOf(text), wordsOf(whole), `${columns} columns`);
      for (const line of text.split("\n")) assert(line.length <= columns, `${columns}: ${line}`);
    }
  });
}

Deno.test("every value of a choice stands in the help", () => {
  assert.match(help("listen", undefined), /--latency low\|normal\|safe\|DURATION /);
  assert.match(help("serve", undefined), /--lang en\|pt /);
  assert.match(help("serve", undefined), /--reports open\|tokens\|off /);
});

Deno.test("the help of listen tells nothing of view", () => {
  assert.doesNotMatch(help("listen", undefined), /\bpage\b|\bview\b/);
  assert.match(help("view", undefined), /a page on the directory is opened/);
});

Deno.test("help in a very narrow terminal is still there", () => {
  for (const columns of [1, 10, 40]) assert.match(help("serve", columns), /--wait-for/);
});

Deno.test("an example can be copied: no quotes around it, and its lines as they are written", () => {
  const footer = formatMessage(examples("streamer a \\\n  --b", 'streamer c "d"'), {
    maxWidth: 50,
    quotes: true,
  });
  assert.equal(footer, 'Examples:\n  streamer a \\\n    --b\n  streamer c "d"');
});
