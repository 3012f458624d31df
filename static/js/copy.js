// Copy a value, and print the page.
const said = document.getElementById("live-status");

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
  const before = button.innerHTML;
  try {
    await navigator.clipboard.writeText(textFor(button));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy";
  }
  said.textContent = button.textContent;
  setTimeout(() => {
    button.innerHTML = before;
  }, 2000);
});
