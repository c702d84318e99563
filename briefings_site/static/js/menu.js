// The account menu opens and closes without this module. With it, Escape and a press elsewhere close it too.
const menu = document.querySelector("details.menu");

addEventListener("click", ({ target }) => menu.contains(target) || (menu.open = false));
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
