// The reader is taken to what opened, and it is said.
const liveRegion = announcer();

document.addEventListener("htmx:afterSettle", showOpened);
if (location.hash === "#insights") focusInsights();

function showOpened() {
  const said = document.querySelector("#insights [data-announce]");
  if (!said) return;
  focusInsights();
  liveRegion.textContent = said.textContent.trim();
}

function focusInsights() {
  const insights = document.getElementById("insights");
  if (!insights) return;
  insights.tabIndex = -1;
  insights.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  insights.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

function announcer() {
  const region = document.createElement("p");
  region.className = "visually-hidden";
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
