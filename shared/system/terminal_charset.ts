/**
 * Whether a terminal shows more than ASCII, as its locale says (POSIX, Base Definitions section 8.2: the first of these
 * variables that has a value counts). Where none has one, as in many containers, it most often does. Windows has no
 * such variables, and Deno writes text there in a way that needs none.
 */
export function showsUnicode(
  system: typeof Deno.build.os,
  variable: (name: "LC_ALL" | "LC_CTYPE" | "LANG") => string | undefined,
): boolean {
  if (system === "windows") return true;
  const locale = variable("LC_ALL") || variable("LC_CTYPE") || variable("LANG");
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
