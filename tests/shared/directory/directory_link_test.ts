import assert from "node:assert/strict";
import {
  formatDirectoryLink,
  isLocalHost,
  parseDirectoryLink,
} from "../../../shared/directory/directory_link.ts";

const ID = "0123456789abcdef";

Deno.test("a link names the directory, with http in a private network and https beyond", () => {
  const directories: readonly (readonly [string, string])[] = [
    ["127.0.0.1:8090", "http://127.0.0.1:8090"],
    ["localhost:8090", "http://localhost:8090"],
    ["192.168.1.5:80", "http://192.168.1.5:80"],
    ["172.31.0.1:80", "http://172.31.0.1:80"],
    ["[::1]:8090", "http://[::1]:8090"],
    ["[fd00::5]:8090", "http://[fd00::5]:8090"],
    ["172.32.0.1:80", "https://172.32.0.1:80"],
    ["[2001:db8::1]:443", "https://[2001:db8::1]:443"],
    ["directory.example:443", "https://directory.example:443"],
    ["127.example.org:443", "https://127.example.org:443"],
    ["10.evil.example:443", "https://10.evil.example:443"],
  ];
  for (const [authority, directory] of directories) {
    const link = formatDirectoryLink(authority, ID);
    assert.deepEqual(parseDirectoryLink(link), { directory, broadcastId: ID }, authority);
  }
});

Deno.test("what is no such link is none", () => {
  const wrong = [
    `streamer://127.0.0.1:5004/?t=${ID}`,
    `streamer://127.0.0.1/?b=${ID}`,
    `streamer://127.0.0.1:0/?b=${ID}`,
    `streamer://127.0.0.1:70000/?b=${ID}`,
    `streamer://127.0.0.1:5004/?b=${ID}&t=x`,
    `streamer://a@127.0.0.1:5004/?b=${ID}`,
    `streamer://127.0.0.1:5004/x?b=${ID}`,
    `streamer://127.0.0.1:5004/?b=${ID}0`,
    `http://127.0.0.1:5004/?b=${ID}`,
    "",
  ];
  for (const text of wrong) assert.equal(parseDirectoryLink(text), undefined, text);
});

Deno.test("a name that begins like a private address is not local", () => {
  assert.equal(isLocalHost("10.0.0.1"), true);
  assert.equal(isLocalHost("10.0.0.1.evil.example"), false);
  assert.equal(isLocalHost("localhost.evil.example"), false);
});
