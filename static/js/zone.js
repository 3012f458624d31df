// Offers the browser's time zone where times are shown in UTC; the account page asks to confirm it.
for (const link of document.querySelectorAll("[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone.endsWith("UTC")) continue;
  link.href += `?zone=${encodeURIComponent(zone)}`;
  link.textContent = `Use ${zone.replaceAll("_", " ")}`;
}
