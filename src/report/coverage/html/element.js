// Elements of the page, made of values. Text is only ever set as text.

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  return filled(made, attributes, children);
};
const svg = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return filled(made, attributes, children);
};
const filled = (made, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
};

const icon = (state) => svg("svg", { class: "icon " + state, "aria-hidden": "true" }, svg("use", { href: "#level-" + state }));
const badge = (state) => element("span", { class: "badge " + state }, icon(state), element("span", {}, words[state]));
// A name has the direction of its own letters, whatever stands beside it.
const named = (text) => element("bdi", {}, text);
const countOfBranches = (number) => grouped(number) + (number === 1 ? " branch" : " branches");
const placed = (place) => (place === null
  ? element("span", { class: "place" }, "not followed")
  : element("span", { class: "place" }, named(written(place))));

const stack = (figures) => {
  const bar = element("div", { class: "stack", "aria-hidden": "true" });
  for (const level of levels) {
    const number = figures[level.replaceAll("-", "_")];
    if (number > 0) bar.append(element("i", { class: level, style: "flex-grow:" + number }));
  }
  return bar;
};

// The roles are spoken out, since narrow screens lay rows out otherwise than as a table.
const row = (...cells) => element("tr", { role: "row" }, ...cells);
const rowHead = (attributes, ...children) => element("th", { role: "rowheader", scope: "row", ...attributes }, ...children);
const cell = (attributes, ...children) => element("td", { role: "cell", ...attributes }, ...children);
const table = (title, columns, rows, name) => element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
  element("table", { class: name, role: "table" },
    element("thead", { role: "rowgroup" }, row(...columns.map(([text, kind]) => element("th", { role: "columnheader", scope: "col", class: kind || null }, text)))),
    element("tbody", { role: "rowgroup" }, ...rows)));

// Draws a long list in portions, so that no page is built whole: `draw` makes an element of an item.
const portions = (items, size, into, button, noun, draw) => {
  let drawn = 0;
  const next = () => {
    const part = items.slice(drawn, drawn + size);
    drawn += part.length;
    into.append(...part.map(draw));
    const left = items.length - drawn;
    button.hidden = left === 0;
    button.textContent = "Show " + grouped(Math.min(size, left)) + " more " + noun + " (" + grouped(left) + " left)";
    return part.length;
  };
  button.onclick = () => {
    const at = into.children.length;
    next();
    const first = into.children[at];
    const target = first && (first.querySelector("a, summary") || first);
    if (target) target.focus();
  };
  into.replaceChildren();
  next();
  return () => { while (next() > 0); };
};
