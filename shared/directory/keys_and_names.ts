import * as v from "valibot";

/** An Ed25519 public key or other 32 bytes in base64url (RFC 4648 section 5); the two last bits are zero. */
export const key = v.pipe(v.string(), v.regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/));
/** An Ed25519 signature, 64 bytes in base64url; the four last bits are zero. */
export const signature = v.pipe(v.string(), v.regex(/^[\w-]{85}[AQgw]$/));

/** Control, format and private characters, ends of lines, and characters that show nothing. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** So many marks on one letter cover the lines above and below. */
const PILE_OF_MARKS = /\p{M}{4}/u;
/** Scripts whose letters look like those of another of them (Unicode Technical Standard 39, section 5). */
const LOOK_ALIKES = [
  /\p{Script=Latin}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Lisu}/u,
];

/**
 * Why people could not read a name, or would take it for another.
 *
 * @param unit what may not mix scripts that look alike: each word of a title, a person's name as a whole.
 * @returns undefined for a good one
 */
export function nameProblem(text: string, unit: "word" | "whole"): string | undefined {
  if (UNSEEN.test(text)) return "has characters that can't be seen";
  if (PILE_OF_MARKS.test(text)) return "has too many marks on one letter";
  if (!/[\p{L}\p{N}]/u.test(text)) return "has neither a letter nor a digit";
  const parts = unit === "whole" ? [text] : text.split(/\P{L}+/u);
  if (parts.some(mixesScripts)) return "mixes letters of scripts that look alike";
  return undefined;
}

function mixesScripts(text: string): boolean {
  return LOOK_ALIKES.filter((script) => script.test(text)).length > 1;
}

/**
 * A name or a title, brought to the form of Unicode in which letters that look the same are the same (NFKC).
 *
 * @param max in UTF-16 units, before and after
 */
export function readableText(max: number, unit: "word" | "whole" = "word") {
  return v.pipe(
    v.string(),
    v.maxLength(max),
    v.normalize("NFKC"),
    v.trim(),
    v.nonEmpty(),
    v.maxLength(max),
    v.rawCheck(({ dataset, addIssue }) => {
      const problem = dataset.typed ? nameProblem(dataset.value, unit) : undefined;
      if (problem !== undefined) addIssue({ message: problem });
    }),
  );
}

/** Letters that Unicode does not take apart (those of Turkish, Polish, Danish …), as other keyboards write them. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", þ: "th" },
  ...{ ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ŧ: "t", ı: "i", ς: "σ" },
};
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN_LETTERS).join("")}]`, "gu");

/** A text without accents and case, for comparing: `Grêmio` and `gremio` are the same, `Łódź` and `lodz`. */
export function foldText(text: string): string {
  const lower = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return lower.replaceAll(NOT_PLAIN, (letter) => PLAIN_LETTERS[letter]!).trim();
}
