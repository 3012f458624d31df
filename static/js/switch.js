// The theme switch: its label says what it does, and this browser remembers the choice.
const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const name = () => {
    button.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Without storage the choice holds for this page.
    }
    name();
  });
  system.addEventListener("change", name);
  name();
}
