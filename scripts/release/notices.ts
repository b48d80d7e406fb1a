import { idOf, type Package } from "./packages.ts";

/** A package with its terms. */
export interface Licensed extends Package {
  /** As package.json has it, such as MIT. */
  readonly license: string;
  /** Of its licence file, with its lines of copyright; undefined when the package has no such file. */
  readonly text: string | undefined;
  /** Who wrote it, as package.json has it. */
  readonly author?: string;
}

const INTRODUCTION = `Streamer, whose own terms are in LICENSE (MIT), contains the work of others.

Each release has this file beside its binaries, and each page of the program serves it as /licenses.txt. It is
written by "deno task notices" from deno.lock and the packages themselves.

Source code. The packages below are at https://www.npmjs.com/package/NAME/v/VERSION, unchanged, in the versions that
are named here. "npm pack NAME@VERSION" gets one. For those under the Mozilla Public License 2.0
this is the Source Code Form that section 3.2 of that licence speaks of: MPL_PACKAGES.`;

const RULE = "=".repeat(100);

/** The terms of MIT, for packages that name it and bring no text. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** Of V8: the terms of BSD with three clauses. */
const BSD = `Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are
met:

    * Redistributions of source code must retain the above copyright
      notice, this list of conditions and the following disclaimer.
    * Redistributions in binary form must reproduce the above
      copyright notice, this list of conditions and the following
      disclaimer in the documentation and/or other materials provided
      with the distribution.
    * Neither the name of Google Inc. nor the names of its
      contributors may be used to endorse or promote products derived
      from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS
"AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR
A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY
THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

const RUNTIME = `The binaries also contain the runtime of Deno, with V8 and SQLite.

Deno (https://github.com/denoland/deno), MIT License
Copyright 2018-2026 the Deno authors

${MIT}

V8 (https://v8.dev), BSD License
Copyright 2006-2026, the V8 project authors. All rights reserved.

${BSD}

SQLite (https://sqlite.org/copyright.html) is in the public domain.

Deno and V8 contain the work of more people, under MIT, Apache-2.0, BSD, ISC, Unicode-3.0, Zlib and MPL-2.0. Cargo.lock
in the repository of Deno lists it, and the file LICENSE of V8's; both have the sources.`;

/** The text of THIRD_PARTY_NOTICES.txt. Packages with the same terms, word for word, share one section. */
export function noticesText(packages: readonly Licensed[]): string {
  const sections = Map.groupBy(packages, termsOf);
  const mpl = packages.filter(({ license }) => license === "MPL-2.0").map(idOf).join(", ");
  const parts = [...sections].map(([terms, sharers]) => `${headOf(sharers)}\n\n${terms}`);
  const all = [INTRODUCTION.replace("MPL_PACKAGES", mpl || "none"), ...parts, RUNTIME];
  return all.join(`\n\n${RULE}\n\n`) + "\n";
}

function headOf(packages: readonly Licensed[]): string {
  return packages.map((one) => `${idOf(one)} (${one.license})`).join("\n");
}

/** @throws Error when a package says nothing that could be passed on. */
function termsOf(one: Licensed): string {
  if (one.text !== undefined) return one.text.replaceAll(/\r\n?/g, "\n").trim();
  if (one.license !== "MIT") {
    throw new Error(`${idOf(one)} (${one.license}) has no licence file: add its text by hand`);
  }
  const author = one.author ? `, by ${one.author}` : "";
  return `The package has no licence file. Its package.json says: MIT${author}.\n\n${MIT}`;
}
