// Copy a value, and print the page.
const said = document.getElementById("live-status");
// The label of a button that says "Copied", and the timer that restores it.
const labels = new WeakMap();

const textFor = (button) => {
  const source = button.dataset.copy
    ? document.getElementById(button.dataset.copy)
    : button.parentElement.querySelector("[data-copy-value]");
  return source?.innerText.trim() ?? "";
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) return print();
  const label = labels.get(button) ?? { words: [...button.childNodes] };
  clearTimeout(label.back);
  labels.set(button, label);
  try {
    await navigator.clipboard.writeText(textFor(button));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy";
  }
  said.textContent = button.textContent;
  label.back = setTimeout(() => {
    button.replaceChildren(...label.words);
    labels.delete(button);
  }, 2000);
});
