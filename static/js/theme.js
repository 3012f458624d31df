// Runs before the first paint: applies the chosen theme and marks that scripts run.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; the system's preference then rules.
}
document.documentElement.classList.add("scripted");
