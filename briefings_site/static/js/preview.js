// Wagtail's preview panel asks for one reader's view at a time, and drops a choice made while it waits for the last.
// The select then names one reader and the panel shows another: what was dropped is chosen again when it has come.
const MODE = "[data-w-preview-target='mode']";
let waiting = false;
let dropped = null;

document.addEventListener("w-preview:update", () => (waiting = true));
document.addEventListener("change", remember, { capture: true });
document.addEventListener("w-preview:updated", chooseAgain);

// Before the panel hears of it.
function remember({ target }) {
  if (waiting && target.matches(MODE)) dropped = target;
}

function chooseAgain() {
  waiting = false;
  const mode = dropped;
  dropped = null;
  mode?.dispatchEvent(new Event("change", { bubbles: true }));
}
