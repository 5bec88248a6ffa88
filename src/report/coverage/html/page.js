// The page: which view is shown, by the address behind #, and the switch of colours.

const places = { overview: document.getElementById("overview"), view: document.getElementById("view"), list: document.getElementById("list") };
const main = document.getElementById("main");
const ownTitle = document.title;

const show = (which, title, nav = which) => {
  for (const [name, place] of Object.entries(places)) place.hidden = name !== which;
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (link.dataset.nav === nav) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = title ? title + " · " + ownTitle : ownTitle;
};

const decoded = (text) => {
  try { return decodeURIComponent(text); } catch { return text; }
};
const asked = (text) => {
  const all = {};
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (at > 0) all[part.slice(0, at)] = decoded(part.slice(at + 1));
  }
  return all;
};

let isFirst = true;
let drawWhole = () => {};
const route = () => {
  const address = location.hash || "#/";
  if (address === "#main") { main.focus(); return; }
  const [path, ...rest] = address.split("?");
  const request = asked(rest.join("?"));
  let target = null;
  if (path === "#") {
    show("list", "objects");
    drawList(request);
    target = places.list.querySelector("h1");
  } else if (path === "#/" && rest.length === 0) {
    show("overview", "");
    resize();
    target = places.overview.querySelector("h1");
  } else {
    const drawn = path === "#functions" ? drawFunctions(request) : found(path, request);
    show("view", drawn.title, path === "#functions" ? "functions" : "view");
    places.view.replaceChildren(...drawn.page);
    drawWhole = drawn.drawAll || (() => {});
    target = drawn.line || (drawn.target ? drawn.target.querySelector("summary") : places.view.querySelector("h1"));
    if (drawn.line || drawn.target) (drawn.line || drawn.target).scrollIntoView({ block: "center" });
  }
  // Whoever moved to another view begins to read there; whoever types goes on typing.
  if (!isFirst && document.activeElement !== query && !places.list.contains(document.activeElement)) {
    if (!target.closest("details")) window.scrollTo(0, 0);
    target.focus({ preventScroll: true });
  }
  isFirst = false;
};
const found = (path, request) => {
  const parts = path.slice(2).split("/").map(decoded);
  const schema = parts[0] === "" ? null : parts[0];
  if (parts.length === 1 && data.schemas.some((it) => it.schema === schema)) return drawSchema(schema, request);
  // Written anew, since a reader's hand or browser may have escaped other characters.
  const index = groupsByAddress.get("#/" + parts.map(encodeURIComponent).join("/"));
  return index === undefined ? drawNothing(decoded(path)) : drawGroup(index, request);
};
window.addEventListener("hashchange", route);

// Searching is a view too, but no letter typed is worth a step back. The view is drawn here and now: an event of a new
// address comes later, when more may have been typed.
const listNow = () => {
  const address = addressOfList(wanted());
  if (places.list.hidden) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  route();
};
let waiting = 0;
query.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(listNow, 80);
});
document.getElementById("search").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); listNow(); });
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
for (const field of Object.values(fields)) field.addEventListener("change", listNow);
document.getElementById("clear").addEventListener("click", () => {
  query.value = "";
  for (const field of Object.values(fields)) field.value = "";
  listNow();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  event.preventDefault();
  query.focus();
});
for (const link of document.querySelectorAll("[data-inside], #skip")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const target = document.querySelector(link.getAttribute("href"));
    target.scrollIntoView();
    target.focus();
  });
}

// The map is as wide as its place, so it is drawn again when that changes.
const map = document.getElementById("map");
let width = 0;
const resize = () => {
  if (places.overview.hidden) return;
  if (map.clientWidth === width) return;
  width = map.clientWidth;
  drawMap(map);
};
document.getElementById("map-section").hidden = data.objects.length === 0;
window.addEventListener("resize", () => requestAnimationFrame(resize));

// Colours: the reader's system decides until the reader does.
const button = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const stored = () => { try { return localStorage.getItem("pgassay-theme"); } catch { return null; } };
const store = (theme) => { try { localStorage.setItem("pgassay-theme", theme); } catch { /* A browser may keep nothing for a file. */ } };
let theme = stored();
const paint = () => {
  const isDark = theme === null ? system.matches : theme === "dark";
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  button.setAttribute("aria-pressed", String(isDark));
};
button.addEventListener("click", () => {
  theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  store(theme);
  paint();
});
system.addEventListener("change", paint);
paint();

// What is printed is whole: closed parts are opened, and the list goes on to its end.
window.addEventListener("beforeprint", () => {
  if (!places.list.hidden) drawAllRows();
  if (!places.view.hidden) {
    drawWhole();
    openAll(places.view, true);
    drawAllLines(places.view);
  }
});

route();
