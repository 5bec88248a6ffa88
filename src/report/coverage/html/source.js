// The source of a function, line by line: what of it the tests reached.

const signOfLogic = (state) => svg("svg", { class: "icon logic-" + state, "aria-hidden": "true" }, svg("use", { href: "#logic-" + state }));
const badgeOfLogic = (state) => element("span", { class: "badge" }, signOfLogic(state), element("span", {}, wordsOfLogic[state]));
// Tabs stay what they are.
const shownSource = (text) => text.split("\t").map(shown).join("\t");

const testFiles = (number) => (number === 0 ? "never" : count(number, "test file"));
const whereReached = (places) => (places.length === 0 ? null : listed(places, placed));

// What there is to say of a line at once: the branches that were never taken stand there in words.
const remarkOf = (points) => {
  const branches = points.filter(isBranch);
  const statements = points.filter((point) => !isBranch(point));
  const remarks = [];
  if (branches.length > 1) remarks.push(fraction(...reached(branches)).replace("/", "of") + " branches taken");
  if (statements.length > 1 && stateOfPoints(statements) === "partly") remarks.push(fraction(...reached(statements)).replace("/", "of") + " statements reached");
  const never = branches.filter((point) => !isReached(point)).map((point) => wordsOfBranches[point.kind] || shown(point.kind));
  const parts = [...remarks.map((text) => element("span", {}, text)), ...(never.length > 0 ? [element("span", { class: "no" }, "never: " + never.join(", "))] : [])];
  return parts.length === 0 ? null : element("span", { class: "remark" }, ...parts.flatMap((part, at) => (at === 0 ? [part] : [" · ", part])));
};

// All that begins on a line, with the steps that reached it.
const drawPoints = ({ first_line: first, file }, points) => {
  const statements = points.filter((point) => !isBranch(point));
  return element("ul", { class: "points" }, ...points.map((point) => {
    const word = isBranch(point) ? wordsOfBranches[point.kind] || shown(point.kind)
      : statements.length === 1 ? "statement" : "statement " + (statements.indexOf(point) + 1) + " of " + statements.length;
    const written = first === null && point.file_line !== null ? " (" + shown(file) + ":" + point.file_line + ")" : "";
    return element("li", { class: isReached(point) ? null : "never" }, named(word + written + ": " + testFiles(point.test_files)), whereReached(point.places));
  }));
};

const drawLine = (object, line, sought) => {
  const { number, text, points } = line;
  const state = points.length === 0 ? "none" : stateOfPoints(points);
  const files = filesAt(points);
  const link = element("a", { href: addressOfLine(object, number), "aria-label": "Line " + number, "aria-current": number === sought ? "true" : false }, String(number));
  const hasMore = files > 0 || points.some(isBranch);
  const opener = hasMore
    ? element("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-label": grouped(files) + (files === 1 ? " test file" : " test files") + " at line " + number }, grouped(files))
    : points.length > 0 ? "0" : null;
  const made = element("tr", { role: "row", class: state },
    rowHead({ class: "at" }, link),
    ...(hasPoints(object) ? [
      cell({ class: "state" }, points.length === 0 ? null : signOfLogic(state), element("span", { class: "unseen" }, wordsOfLogic[state] || "not counted")),
      cell({ class: "n" }, opener),
    ] : []),
    cell({ class: "text" }, element("code", { dir: "ltr" }, shownSource(text) || " "), remarkOf(points)));
  if (hasMore) {
    let behind = null;
    opener.onclick = () => {
      if (behind === null) {
        behind = row(cell({ colspan: 4 }, drawPoints(object.logic, points)));
        behind.className = "behind";
        behind.hidden = true;
        made.after(behind);
      }
      behind.hidden = !behind.hidden;
      opener.setAttribute("aria-expanded", String(!behind.hidden));
    };
  }
  // A line of the view that is open is not drawn again: only its address is said.
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".source a[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    if (location.hash !== link.getAttribute("href")) history.pushState(null, "", link.getAttribute("href"));
  };
  return made;
};

const keyOfLines = () => element("ul", { class: "key-of-lines" }, ...[
  ["covered", "every statement and branch that begins there was reached"],
  ["partly", "some were"],
  ["missed", "none was"],
].map(([state, meaning]) => element("li", {}, badgeOfLogic(state), element("span", { class: "aside" }, " " + meaning))));

const LINES = 500;

// The source, where the page can tell anything of it; `sought` is the number of a line.
const drawSource = (object, sought) => {
  const logic = object.logic;
  if (logic === null || sourceOf(object) === null) return null;
  const isMeasured = hasPoints(object);
  const lines = linesOf(object);
  const head = element("p", { class: "source-head" }, element("b", {}, "Source"),
    logic.file === null ? null : element("span", { class: "place" }, " ", named(shown(logic.file) + ":" + logic.statement_line)),
    isMeasured ? element("span", {}, " ", share(...statementsOf(object)), " of statements (" + fraction(...statementsOf(object)) + ")") : null,
    isMeasured && branchesOf(object)[1] > 0 ? element("span", {}, " ", share(...branchesOf(object)), " of branches (" + fraction(...branchesOf(object)) + ")") : null);
  const parts = [head];
  if (logic.unmeasured !== null) parts.push(element("p", { class: "remarkable" }, "Its statements and branches are not measured: ", named(shown(logic.unmeasured))));
  else if (!isMeasured) parts.push(element("p", { class: "aside" }, "It has no statements."));
  else parts.push(keyOfLines());
  if (logic.first_line === null) {
    parts.push(element("p", { class: "aside" }, logic.file === null || !isMeasured ? "Lines are counted from the first of its body." : "The server keeps it in words of its own: lines are counted from the first of these."));
  }
  const source = table("Source of " + called(object), [["line", "at"], ...(isMeasured ? [["state", "state"], ["files", "n"]] : []), ["source", "text"]], [], "source");
  const more = element("button", { type: "button", hidden: true });
  const drawAll = portions(lines, LINES, source.querySelector("tbody"), more, "lines", (line) => drawLine(object, line, sought));
  if (sought !== null) drawAll();
  parts.push(source, element("p", {}, more));
  const made = element("div", { class: "source-of" }, ...parts);
  made.drawAll = drawAll;
  return made;
};
