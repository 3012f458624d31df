// A refused form: the summary of mistakes takes the focus, and its links lead into the fields.
document.querySelector("[data-focus]")?.focus();

for (const link of document.querySelectorAll(".summary-errors a")) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    field.scrollIntoView({ block: "center" });
    field.focus();
  });
}
