/**
 * The door of a page that is served beyond its machine: takes the key out of the address, gets the
 * cookie for it, and opens the page. Without a good key its text says what is missing.
 */
async function knock(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get("k");
  if (key === null) return;
  const headers = { Authorization: `Bearer ${key}` };
  const { ok } = await fetch("/api/session", { method: "POST", headers });
  // The key must not stay where a screenshot, or who looks over a shoulder, has it.
  history.replaceState(null, "", location.pathname);
  if (ok) location.reload();
}

addEventListener("hashchange", knock);
await knock();
