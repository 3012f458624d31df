// Single keys for support people. They can be turned off, do nothing while somebody types, and leave every combination with
// Ctrl, Alt or Meta to the browser. `data-key` names what a key presses or focuses, `data-row` the rows of the queue.
const help = document.getElementById("shortcuts");
const TYPING = "input:not([type=checkbox], [type=radio]), select, textarea";

const useKeys = (page) => {
  const choice = page.querySelector("[type=checkbox]");
  try {
    choice.checked = localStorage.getItem("keys") !== "off";
  } catch {
    // Without storage the choice holds for this page.
  }
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem("keys", choice.checked ? "on" : "off");
    } catch {
      // As above.
    }
  });

  const rows = () => [...document.querySelectorAll("a[data-row]")];
  const focusedRow = () => document.activeElement.closest("tr");

  // In the queue, from row to row; at a case, to its neighbour in the queue that it was opened from.
  const step = (by) => {
    const links = rows();
    if (links.length > 0) {
      const here = links.findIndex((link) => link.closest("tr") === focusedRow());
      return links[Math.max(0, Math.min(here + by, links.length - 1))].focus();
    }
    const cases = JSON.parse(sessionStorage.getItem("queue") ?? "[]");
    const next = cases[cases.indexOf(location.pathname) + by];
    if (cases.includes(location.pathname) && next) location.assign(next);
  };

  // Where nothing is ticked, the row with the focus is meant.
  const tick = () => {
    const box = focusedRow()?.querySelector("input[type=checkbox]");
    if (box && !document.querySelector("tr input:checked")) box.checked = true;
  };

  const use = (key) => {
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    if (key === "?") return page.showModal();
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    tick();
    target.closest("details")?.setAttribute("open", "");
    if (target.matches("a, button")) target.click();
    else target.focus();
  };

  addEventListener("keydown", (event) => {
    if (!choice.checked || page.open || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    if (event.target.closest?.(TYPING)) return;
    if (use(event.key) !== false) event.preventDefault();
  });

  addEventListener("pagehide", () => {
    const cases = rows().map((link) => link.pathname);
    if (cases.length > 0) sessionStorage.setItem("queue", JSON.stringify(cases));
  });
  if (location.hash === "#q") document.getElementById("q")?.focus();
  const button = document.querySelector("[data-shortcuts]");
  button.addEventListener("click", () => page.showModal());
  button.hidden = false;
};

if (help) useKeys(help);
