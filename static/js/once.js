// Ignores further presses of a button while its form is being sent. Returning to the page enables the button again, and so
// does a timer: after a stopped request the reader is still on the page, with everything that they typed.
const LONGEST = 10_000;
const waiting = new Map();

const free = (form) => {
  const { button, words, timer } = waiting.get(form);
  clearTimeout(timer);
  waiting.delete(form);
  button?.removeAttribute("aria-disabled");
  button?.replaceChildren(...words);
};

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (waiting.has(form)) return event.preventDefault();
  const button = event.submitter;
  const words = button ? [...button.childNodes] : [];
  waiting.set(form, { button, words, timer: setTimeout(free, LONGEST, form) });
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (!button.matches(".plain")) button.replaceChildren("Working…");
});

addEventListener("pageshow", () => {
  for (const form of [...waiting.keys()]) free(form);
});
