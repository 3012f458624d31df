// Keeps a region up to date: reads the page again and takes the element with the same id, and
// with it what is marked `data-live-along` elsewhere on the page.
// A button that is replaced while it is pressed loses its click. A press counts for five seconds, as nobody may hear of its
// release (a menu came up, another window), and a release for the moment until the click, which follows it on touch.
const PRESSES = { pointerdown: 5_000, keydown: 5_000, pointerup: 300, keyup: 300 };
let heldUntil = 0;
for (const name in PRESSES) addEventListener(name, ({ timeStamp }) => (heldUntil = timeStamp + PRESSES[name]), true);

const kept = new Set();

const keepLive = (shown) => {
  let region = shown;
  const { id } = region;
  kept.add(id);
  const spoken = document.getElementById("live-status");
  let failures = 0;

  const later = () => setTimeout(read, Math.min(region.dataset.liveSeconds * 1000 * 2 ** failures, 30_000));

  const say = (from) => {
    const text = from.querySelector("[data-live-status]")?.textContent.trim();
    if (text && text !== spoken.textContent) spoken.textContent = text;
  };

  // Keeps disclosures open and the focus in place, matched by their text.
  const swap = (old, fresh) => {
    const same = (selector, element) =>
      [...fresh.querySelectorAll(selector)].find((other) => other.textContent === element.textContent);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    for (const summary of old.querySelectorAll("details[open] > summary")) {
      same("details > summary", summary)?.parentElement.setAttribute("open", "");
    }
    const next = focused && same(focused.tagName, focused);
    old.replaceWith(fresh);
    next?.focus();
  };

  // A region stays as it is while something is pressed and while a form is on its way; where it says so, also while
  // somebody types, or has typed or ticked something in it.
  const isInUse = () =>
    performance.now() < heldUntil ||
    document.querySelector("button[aria-disabled]") ||
    ("liveGently" in region.dataset &&
      (region.querySelector("input:checked") ||
        document.activeElement.matches("input:not([type=checkbox]), select, textarea") ||
        [...region.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue) ||
        document.querySelector("dialog[open]")));

  const read = async () => {
    if (document.hidden || isInUse()) return later();
    try {
      const answer = await fetch(region.dataset.liveUrl, { headers: { accept: "text/html", "x-refresh": "1" } });
      const text = await answer.text();
      if (isInUse()) return later();
      // What the page was about has ended (a link was taken back): the page says why.
      if ([404, 410].includes(answer.status)) return location.assign(answer.url);
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(text, "text/html");
      const fresh = page.getElementById(id);
      // The page has moved on (another step, or the sign-in): go where it went.
      if (!fresh) return location.assign(answer.url);
      failures = 0;
      say(fresh);
      if (page.title) document.title = page.title;
      for (const old of document.querySelectorAll(`#${id}, [data-live-along]`)) {
        const next = page.getElementById(old.id);
        if (next && next.outerHTML !== old.outerHTML) swap(old, document.adoptNode(next));
      }
      region = document.getElementById(id);
      if (fresh.dataset.live !== "done") later();
      else kept.delete(id);
      keepAll();
    } catch {
      failures += 1;
      later();
    }
  };

  later();
};

// Also what another region has brought along, and set going.
const keepAll = () => {
  for (const region of document.querySelectorAll('[data-live="on"]')) if (!kept.has(region.id)) keepLive(region);
};
keepAll();
