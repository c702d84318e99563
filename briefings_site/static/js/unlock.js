// The unlock form works without this module. With it: one request a press, and a word where that did not go through.
const FORM = "form[data-unlock]";

document.addEventListener("submit", sendOnce, { capture: true });
document.addEventListener("htmx:afterRequest", ({ detail }) => !detail.successful && fail(detail.elt.closest(FORM)));
addEventListener("pageshow", release);

// Before htmx hears of it, and before the browser sends a form for the second time.
function sendOnce(event) {
  if (!event.target.matches(FORM)) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  event.target.dataset.sent = "";
  mark(event.target, "true");
}

function release() {
  for (const form of document.querySelectorAll(`${FORM}[data-sent]`)) {
    delete form.dataset.sent;
    mark(form, "false");
  }
}

// A form too old, a limit, a server or a network that is down: what came of it, only the page itself can say.
function fail(form) {
  release();
  form?.parentElement.querySelector("[data-failed]")?.remove();
  const note = document.createElement("p");
  const again = document.createElement("a");
  again.href = location.pathname;
  again.textContent = "Load this page again";
  note.className = "gate__note";
  note.dataset.failed = "";
  note.role = "alert";
  note.append("That did not go through. ", again, " to see how it stands.");
  form?.parentElement.append(note);
}

function mark(form, busy) {
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", busy);
}
