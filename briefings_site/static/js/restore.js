// A page kept by the browser for Back may show a reader's things after sign-out: ask the server for it again.
// The root is emptied first, so that nothing of the old page is seen meanwhile.
addEventListener("pageshow", (event) => {
  if (!event.persisted || !("private" in document.documentElement.dataset)) return;
  document.body.hidden = true;
  location.reload();
});
