/**
 * The script of the door page, which is shown beyond the viewer's machine when the key is missing: it
 * takes the key from the address, exchanges it for a cookie and opens the page. Without a valid key the
 * door's text stays, which says what is missing.
 */
async function openWithKey(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get("k");
  if (key === null) return;
  const headers = { Authorization: `Bearer ${key}` };
  const { ok } = await fetch("/api/session", { method: "POST", headers });
  // The key must not stay visible in the address bar.
  history.replaceState(null, "", location.pathname);
  if (ok) location.reload();
}

addEventListener("hashchange", openWithKey);
await openWithKey();
