// The view of functions: how much of their logic the tests reached, what they missed most first.

const routines = data.objects.filter(isRoutine);

// What the tests missed of a function: what cannot be known stands behind what is known to be missed.
const rank = { missed: 0, partly: 0, "not-called": 1, unmeasured: 2, covered: 3, called: 3, excluded: 4 };
const missedOf = (object) => {
  if (!hasPoints(object)) return [0, 0];
  const left = ([part, whole]) => whole - part;
  return [left(branchesOf(object)), left(statementsOf(object))];
};
let sorted = null;
const byWhatIsMissed = () => {
  if (sorted === null) {
    const all = routines.map((object) => ({ object, state: stateOfRoutine(object), missed: missedOf(object) }));
    sorted = all.sort((a, b) => rank[a.state] - rank[b.state] || b.missed[0] - a.missed[0] || b.missed[1] - a.missed[1]);
  }
  return sorted;
};

const ratio = (part, whole) => (whole === 0 ? cell({ class: "n" })
  : cell({ class: part < whole ? "n open" : "n" }, share(part, whole), element("span", { class: "aside" }, " " + fraction(part, whole))));
const drawRoutine = ({ object, state }) => {
  const at = firstMissed(object);
  const { file, statement_line: made } = object.logic || { file: null };
  const where = file !== null ? shown(file) + ":" + (at === null ? made : at.file_line) : at === null ? null : "line " + at.body_line + " of its body";
  return row(
    cell({ class: "of-level" }, badgeOfLogic(state)),
    rowHead({}, element("a", { href: addressOfObject(object) }, named(called(object)))),
    ...(hasPoints(object) ? [ratio(...branchesOf(object)), ratio(...statementsOf(object))] : [cell({ class: "n" }), cell({ class: "n" })]),
    cell({ class: "of-place" },
      where === null ? (state === "unmeasured" ? element("span", { class: "aside" }, named(shown(object.logic.unmeasured))) : placed(placeOf(object)))
        : at === null ? element("span", { class: "place" }, named(where))
          : element("a", { class: "place", href: addressOfLine(object, numberOf(object.logic, at.body_line)) }, named(where))));
};

const drawFunctions = (asked) => {
  const option = (value, text) => element("option", { value, selected: (value === (asked.of || "")) }, text);
  const states = Object.keys(wordsOfLogic).filter((state) => byWhatIsMissed().some((it) => it.state === state));
  const of = element("select", { id: "function-state" }, element("option", { value: "" }, "any"), option("gap", "with gaps"), ...states.map((state) => option(state, wordsOfLogic[state])));
  const schemas = [...new Set(routines.map(schemaOf))];
  const schema = element("select", { id: "function-schema" }, element("option", { value: "" }, "any"),
    ...schemas.map((name) => element("option", { value: name, selected: name === asked.schema }, shown(name))));
  const status = element("p", { role: "status" });
  const rows = table("Functions", [["state", "of-level"], ["function"], ["branches", "n"], ["statements", "n"], ["first missed, or made", "of-place"]], [], "objects functions");
  const more = element("button", { type: "button", hidden: true });
  let drawAll = () => {};
  const draw = () => {
    const matching = byWhatIsMissed().filter((it) => (of.value === "" || (of.value === "gap" ? hasGap(it.state) : it.state === of.value))
      && (schema.value === "" || schemaOf(it.object) === schema.value));
    status.textContent = matching.length === routines.length ? count(routines.length, "function") : grouped(matching.length) + " of " + count(routines.length, "function");
    drawAll = portions(matching, 100, rows.querySelector("tbody"), more, "functions", drawRoutine);
  };
  const choose = () => {
    const chosen = [["of", of.value], ["schema", schema.value]].filter(([, value]) => value !== "");
    history.replaceState(null, "", "#functions" + chosen.map(([name, value], at) => (at === 0 ? "?" : "&") + name + "=" + encodeURIComponent(value)).join(""));
    draw();
  };
  of.onchange = choose;
  schema.onchange = choose;
  const form = element("form", { class: "filters", "aria-label": "Filters" }, element("label", {}, "State ", of), element("label", {}, "Schema ", schema), status);
  form.addEventListener("submit", (event) => event.preventDefault());
  draw();
  const page = [heading("Functions", ""),
    element("p", { class: "hint" }, "Functions and procedures of which the tests missed most stand first: most branches, then most statements. A branch is a way that a condition, a loop or an error handler can take, also one that is not written."),
    form, rows, element("p", {}, more)];
  return { page, title: "functions", target: null, drawAll: () => drawAll() };
};
