// The views of a schema, of a group and of what is not there.

const figuresLine = (figures) => element("dl", { class: "line" },
  ...[
    ["objects", grouped(figures.objects)],
    ["asserted", share(figures.asserted + figures.asserted_and_exercised, figures.objects)],
    ["exercised", share(figures.exercised + figures.asserted_and_exercised, figures.exercisable)],
    ["uncovered", grouped(figures.uncovered)],
    ["properties", fraction(figures.asserted_properties, figures.properties)],
    ["behaviours", fraction(figures.seen_behaviours, figures.behaviours)],
    ["branches taken", fraction(figures.taken_branches, figures.branches)],
    ["statements reached", fraction(figures.reached_statements, figures.statements)],
    ["functions not measured", figures.unmeasured === 0 ? "" : grouped(figures.unmeasured)],
  ].filter(([, value]) => value !== "").map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));

const crumbs = (...steps) => element("nav", { class: "crumbs", "aria-label": "Where this is" },
  element("ol", {}, ...steps.map(([text, address]) => element("li", {}, address ? element("a", { href: address }, named(text)) : named(text)))));
const schemaStep = (schema) => [schema === null ? "cluster-wide" : shown(schema), "#/" + encodeURIComponent(schema === null ? "" : schema)];
const heading = (text, kind) => element("h1", { tabindex: "-1" }, named(text), kind ? element("span", { class: "kind" }, kind) : null);

// The statements behind a property or a behaviour: bounded, since a loop may reach an object a thousand times.
const listed = (items, draw) => {
  const list = element("ul", { class: "reached" }, ...items.slice(0, 12).map((item) => element("li", {}, draw(item))));
  if (items.length > 12) {
    const button = element("button", { type: "button", class: "quiet" }, "and " + grouped(items.length - 12) + " more");
    button.onclick = () => list.replaceChildren(...items.map((item) => element("li", {}, draw(item))));
    list.append(element("li", {}, button));
  }
  return list;
};
const assertion = (it) => element("span", {}, placed(it), " ", element("code", {}, named(shown(it.function))),
  it.is_direct ? null : element("span", { class: "aside" }, " needs it to be there"));
const tick = (is, yes, no) => element("span", { class: is ? "yes" : "no" }, element("span", { "aria-hidden": "true" }, is ? "✓ " : "○ "), is ? yes : no);

const propertiesTable = (object) => table("Properties of " + called(object), [["property", "what"], ["asserted", "whether"], ["value", "value"], ["by"]],
  object.properties.map((it) => row(
    rowHead({ class: "what" }, named(shown(it.property))),
    cell({ class: "whether" }, tick(it.is_asserted, "asserted", "not asserted")),
    cell({ class: "value" }, it.property === "body" && sourceOf(object) !== null ? element("span", { class: "aside" }, "the source above") : it.value !== null ? element("code", {}, named(it.value)) : it.property === "existence" ? null : element("span", { class: "aside" }, "has none")),
    cell({ class: "by" }, it.assertions.length === 0 ? null : listed(it.assertions, assertion)))), "facts");
const behavioursTable = (object) => table("Behaviours of " + called(object), [["behaviour", "what"], ["seen", "whether"], ["at"]],
  object.behaviours.map((it) => row(
    rowHead({ class: "what" }, named(shown(String(it.behaviour)))),
    cell({ class: "whether" }, tick(it.is_seen, "seen", "not seen")),
    cell({ class: "by" }, it.places.length === 0 ? null : listed(it.places, placed)))), "facts");

const missing = (object) => {
  const parts = [];
  const own = object.properties.filter((it) => it.value !== null || it.property === "existence");
  const properties = own.filter((it) => !it.is_asserted).map((it) => shown(it.property));
  const behaviours = object.behaviours.filter((it) => !it.is_seen).map((it) => shown(String(it.behaviour)));
  if (properties.length === own.length) parts.push("no assertion");
  else if (properties.length > 0) parts.push("not asserted: " + properties.join(", "));
  if (behaviours.length > 0) parts.push("not seen: " + behaviours.join(", "));
  if (hasPoints(object)) {
    const left = ([part, whole], noun, done) => (part === whole ? [] : [grouped(whole - part) + " of " + noun(whole) + " never " + done]);
    parts.push(...left(branchesOf(object), countOfBranches, "taken"), ...left(statementsOf(object), (whole) => count(whole, "statement"), "reached"));
  } else if (object.logic !== null && object.logic.unmeasured !== null) parts.push("not measured");
  return parts.join(" · ");
};

const drawObject = (object, isOpen, line = null) => {
  const place = placeOf(object);
  const what = missing(object);
  const summary = element("summary", {},
    element("span", { class: "head" }, badge(stateOf(object)), element("span", { class: "name" }, named(shortName(object))), place === null ? null : placed(place)),
    what === "" ? null : element("span", { class: "missing" }, named(what)));
  const details = element("details", { class: "object", open: isOpen }, summary);
  const fill = () => {
    if (details.children.length > 1) return;
    details.append(element("div", { class: "inside" }, 
      object.excluded === null ? null : element("p", { class: "aside" }, "Left out of the figures: " + shown(object.excluded)),
      element("p", { class: "aside" }, object.kind + " ", element("code", {}, named(called(object))),
        object.made_at === null ? ", whose making was not followed" : ", made at " + written(object.made_at),
        object.changed_at === null ? "" : ", last changed at " + written(object.changed_at)),
      drawSource(object, line),
      propertiesTable(object),
      object.behaviours.length === 0 ? element("p", { class: "aside" }, "It does nothing that could be seen.") : behavioursTable(object)));
  };
  details.addEventListener("toggle", () => { if (details.open) fill(); });
  details.fill = fill;
  if (isOpen) fill();
  return details;
};
// In the view of a relation or type, what belongs to it needs no path.
const shortName = (object) => {
  const group = data.groups[object.group];
  const isPart = object.parent !== null && (group.class === "relation" || group.class === "type");
  return isPart || group.class === "relation" ? shown(object.name) : called(object);
};

const pluralOf = new Map(data.kinds.map(({ kind, plural }) => [kind, plural]));
const openAll = (place, isOpen) => {
  for (const details of place.querySelectorAll("details.object")) {
    if (isOpen) details.fill();
    details.open = isOpen;
  }
};
const drawAllLines = (place) => {
  for (const source of place.querySelectorAll(".source-of")) source.drawAll();
};

const drawGroup = (index, asked) => {
  const group = data.groups[index];
  const members = membersOf[index];
  const own = members.find((object) => object.parent === null);
  const kind = group.class === "kind" ? "" : own ? own.kind : group.class;
  const page = [crumbs(["Overview", "#/"], schemaStep(group.schema), [shown(group.name)]), heading(shown(group.name), kind), figuresLine(group.figures), stack(group.figures)];
  const wantedObject = asked.object || null;
  const wantedLine = /^\d+$/.test(asked.line || "") ? Number(asked.line) : null;
  const sections = element("div", {});
  const expand = element("button", { type: "button", class: "quiet" }, "Open all");
  expand.onclick = () => {
    const isOpen = expand.textContent === "Open all";
    openAll(sections, isOpen);
    expand.textContent = isOpen ? "Close all" : "Open all";
  };
  // A few objects are open from the beginning.
  const areOpen = members.length <= 2;
  page.push(areOpen ? null : element("p", { class: "tools" }, expand), sections);
  // What the group is called after comes first, then its parts in the order of the report.
  const ordered = own ? [own, ...members] : members;
  const kinds = [...new Set(ordered.map((object) => object.kind))];
  let target = null;
  kinds.forEach((kind, number) => {
    const id = "kind-" + number;
    const ofKind = members.filter((object) => object.kind === kind);
    const list = element("div", {});
    const more = element("button", { type: "button", hidden: true });
    sections.append(element("section", { "aria-labelledby": id }, element("h2", { id }, ofKind.length === 1 ? kind : pluralOf.get(kind), ofKind.length === 1 ? null : element("span", { class: "number" }, " " + grouped(ofKind.length))), list, element("p", {}, more)));
    const sought = ofKind.findIndex((object) => object.kind + " " + object.path === wantedObject);
    const arranged = sought > 40 ? [ofKind[sought], ...ofKind.slice(0, sought), ...ofKind.slice(sought + 1)] : ofKind;
    portions(arranged, 50, list, more, pluralOf.get(kind), (object) => {
      const isSought = object.kind + " " + object.path === wantedObject;
      const made = drawObject(object, isSought || areOpen, isSought || members.length === 1 ? wantedLine : null);
      if (isSought) target = made;
      return made;
    });
  });
  const line = sections.querySelector(".source a[aria-current]");
  return { page: page.filter((part) => part !== null), title: shown(group.name), target, line };
};

const titles = { relation: "Tables, views and sequences", type: "Types", routine: "Routines", kind: "Other objects" };
const drawSchema = (schema, asked) => {
  const entry = data.schemas.find((it) => it.schema === schema);
  const name = schema === null ? "cluster-wide" : shown(schema);
  const page = [crumbs(["Overview", "#/"], [name]), heading(name, schema === null ? "objects in no schema" : "schema"), figuresLine(entry.figures), stack(entry.figures)];
  const groups = data.groups.map((group, index) => ({ group, index })).filter(({ group }) => group.schema === schema);
  let target = null;
  for (const { index } of groups.filter(({ group }) => group.class === "schema")) {
    const isSought = asked.object !== undefined;
    const itself = membersOf[index].map((object) => drawObject(object, isSought));
    if (isSought) target = itself[0];
    page.push(element("section", { "aria-label": "The schema itself" }, ...itself));
  }
  for (const kind of ["relation", "type", "routine", "kind"]) {
    const ofKind = groups.filter(({ group }) => group.class === kind).map(({ group }) => group);
    if (ofKind.length === 0) continue;
    const more = element("button", { type: "button", hidden: true });
    const id = "of-" + kind;
    const isLogic = ofKind.some((group) => group.figures.branches > 0);
    const sums = table(titles[kind], [["name"], ["objects", "n o"], ["asserted", "n"], ["exercised", "n"], ["uncovered", "n"], ...(isLogic ? [["branches", "n"]] : []), ["levels", "levels"]], [], "sums");
    portions(ofKind, 100, sums.querySelector("tbody"), more, "rows", (group) => {
      const figures = group.figures;
      return row(
        rowHead({}, element("a", { href: addressOf(group) }, named(shown(group.name)))),
        cell({ class: "n o" }, grouped(figures.objects)),
        cell({ class: "n" }, share(figures.asserted + figures.asserted_and_exercised, figures.objects)),
        cell({ class: "n" }, share(figures.exercised + figures.asserted_and_exercised, figures.exercisable)),
        cell({ class: figures.uncovered > 0 ? "n open" : "n" }, grouped(figures.uncovered)),
        isLogic ? cell({ class: "n" }, share(figures.taken_branches, figures.branches)) : null,
        cell({ class: "levels" }, figures.objects === 0 ? element("span", { class: "aside" }, "left out") : stack(figures)));
    });
    page.push(element("section", { "aria-labelledby": id }, element("h2", { id }, titles[kind], " ", element("span", { class: "number" }, grouped(ofKind.length))), sums, element("p", {}, more)));
  }
  return { page, title: name, target };
};

const drawNothing = (text) => ({ page: [crumbs(["Overview", "#/"], ["not found"]), heading("Not in this report", ""), element("p", {}, "There is nothing at ", element("code", {}, named(shown(text))), ".")], title: "not found", target: null });
