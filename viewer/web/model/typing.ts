/** Whether a key belongs to what has the focus. A list of choices takes letters only while it is open; a button takes only Space and Enter, a slider only arrows. */
export function isTypedInto(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range"].includes(target.type);
  }
  if (target instanceof HTMLSelectElement) return isOpen(target);
  return target.isContentEditable || target instanceof HTMLTextAreaElement;
}

/** Older browsers don't say whether a list is open: its letters stay its own. */
function isOpen(list: HTMLSelectElement): boolean {
  return !CSS.supports("selector(:open)") || list.matches(":open");
}
