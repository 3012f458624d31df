// A second press of a button sends nothing while the first is under way. Coming back to the page frees the button.
const waiting = new Map();

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (waiting.has(form)) return event.preventDefault();
  const button = event.submitter;
  waiting.set(form, button && { button, words: [...button.childNodes] });
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (!button.matches(".plain")) button.replaceChildren("Working…");
});

addEventListener("pageshow", () => {
  for (const kept of waiting.values()) {
    kept?.button.removeAttribute("aria-disabled");
    kept?.button.replaceChildren(...kept.words);
  }
  waiting.clear();
});
