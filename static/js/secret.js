// Show and hide a secret while it is being typed. It is hidden again before the form leaves. Listens at the document, since a
// region that keeps itself up to date may bring the form later.
const inputOf = (button) => document.getElementById(button.dataset.show);

const show = (button, shown) => {
  inputOf(button).type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  button.firstChild.data = shown ? "Hide" : "Show";
};

addEventListener("click", ({ target }) => {
  const button = target.closest("[data-show]");
  if (button) show(button, inputOf(button).type === "password");
});

addEventListener("submit", ({ target }) => {
  for (const button of document.querySelectorAll("[data-show]")) {
    if (inputOf(button).form === target) show(button, false);
  }
});
