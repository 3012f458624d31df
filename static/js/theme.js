// Runs before the first paint: the chosen theme, and the mark that scripts are here.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; the system's preference then rules.
}
document.documentElement.classList.add("scripted");
