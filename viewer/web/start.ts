/**
 * Imported first by every page, so that it runs before all else: it repairs what stops scripts of others at their
 * start, and says in words when a page can't start all the same, which would else stay blank.
 */

/** Without a language (LANG=C) some browsers give "C" or "POSIX", at which `Intl` throws: uPlot uses it unasked. */
function repairLanguage(): void {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
  }
}

/** What failed, and what to do; only while the page shows nothing. */
function explain(what: string): void {
  const place = document.getElementById("page");
  if (!place || place.childElementCount > 0) return;
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent =
    `This page could not start in this browser: ${
      what.slice(0, 300)
    }. Reload it; if that does not help, ` +
    "try a current Chrome, Edge, Firefox or Safari.";
  place.append(text);
}

addEventListener("error", ({ message }) => explain(message || "its script could not be read"));
addEventListener("unhandledrejection", ({ reason }) => explain(String(reason)));
repairLanguage();
