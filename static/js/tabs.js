// A line of tabs that is wider than the screen shows the current one, also after the screen was turned.
const current = document.querySelector(".subnav [aria-current]");

const show = () => {
  const line = current.parentElement;
  const [tab, all] = [current, line].map((it) => it.getBoundingClientRect());
  line.scrollLeft += tab.left - all.left - (all.width - tab.width) / 2;
};

if (current) {
  show();
  addEventListener("resize", show);
}
