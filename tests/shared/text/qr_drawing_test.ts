import assert from "node:assert/strict";
import fc from "fast-check";
import decodeQR from "qr/decode.js";
import { formatJoinLink } from "../../../shared/admission/join_link.ts";
import { drawQrCode, qrCodeFor } from "../../../shared/text/qr_drawing.ts";
import { DARK, LIGHT, pictureOf, type Theme } from "./terminal_picture.ts";

const LINK = formatJoinLink({
  host: "192.168.100.100",
  port: 50_004,
  token: "aN20fwQ7AluoI52mLQ6-uA",
  hostKey: "vSrwPYZOMKp3LgxAD-mKNKlDguES7-pjsP0r1RpExkE",
});

function read(lines: readonly string[], columns: number, theme: Theme): string {
  // Its own limit is a sixtieth of a second, which a busy machine may not keep.
  return decodeQR(pictureOf(lines, columns, theme), { timeLimit: Infinity });
}

function terminal(columns: number, rows: number, isTerminal = true) {
  const size = { columns: () => columns, rows: () => rows };
  return { isTerminal, color: true, isUnicode: true, ...size };
}

Deno.test("a reader takes the code from a dark and from a light terminal, in blocks and in ASCII", () => {
  for (const isUnicode of [true, false]) {
    const { lines, columns } = drawQrCode(LINK, { color: true, isUnicode });
    // Wider than the code: what surrounds it has the theme's colour.
    for (const theme of [DARK, LIGHT]) assert.equal(read(lines, columns + 30, theme), LINK);
  }
});

Deno.test("without colours it is right on a dark terminal, and has no escape sequence", () => {
  for (const isUnicode of [true, false]) {
    const { lines, columns } = drawQrCode(LINK, { color: false, isUnicode });
    assert.equal(read(lines, columns, DARK), LINK);
    assert.match(lines.join(""), isUnicode ? /^[█▀▄ ]+$/ : /^[# ]+$/);
  }
});

Deno.test("every text comes back, and every line is as wide as it says", () => {
  const texts = fc.webUrl({ withFragments: true, withQueryParameters: true, size: "small" });
  fc.assert(fc.property(texts, fc.boolean(), fc.boolean(), (text, color, isUnicode) => {
    const { lines, columns } = drawQrCode(text, { color, isUnicode });
    // deno-lint-ignore no-control-regex -- terminals are made of them
    const bare = lines.map((line) => [...line.replaceAll(/\x1b\[[\d;]*m/g, "")]);
    assert.ok(bare.every(({ length }) => length === columns));
    assert.equal(read(lines, columns, DARK), text);
  }));
});

Deno.test("four modules of light surround it", () => {
  const { lines, columns } = drawQrCode(LINK, { color: false, isUnicode: true });
  for (const line of [...lines.slice(0, 2), ...lines.slice(-2)]) {
    assert.equal(line, "█".repeat(columns));
  }
  assert.ok(lines.every((line) => line.startsWith("████") && line.endsWith("████")));
});

Deno.test("the links of IPv4 and IPv6 addresses fit a terminal of 50 columns", () => {
  const far = LINK.replace("192.168.100.100", "[2001:db8:1234:5678:9abc:def0:1234:5678]");
  assert.equal(drawQrCode(LINK, terminal(50, 24)).columns, 45);
  assert.equal(drawQrCode(far, terminal(50, 26)).columns, 49);
});

Deno.test("it is drawn where there is room for all of it, or where it is asked for", () => {
  const { lines } = drawQrCode(LINK, terminal(80, 24));
  const code = lines.map((line) => `${line}\n`).join("");
  assert.equal(qrCodeFor(terminal(46, lines.length + 1), LINK), code);
  assert.equal(qrCodeFor(terminal(45, 80), LINK), "");
  assert.equal(qrCodeFor(terminal(100, lines.length), LINK), "");
  assert.equal(qrCodeFor(terminal(0, 0), LINK), "", "a terminal of unknown size");
  assert.equal(qrCodeFor(terminal(100, 80, false), LINK), "", "a file or a pipe");
  assert.equal(qrCodeFor(terminal(20, 5, false), LINK, true), code);
  assert.equal(qrCodeFor(terminal(100, 80), LINK, false), "");
});
