// The list of all objects, by search and filters, drawn in portions.

const fields = { level: document.getElementById("filter-level"), kind: document.getElementById("filter-kind"), schema: document.getElementById("filter-schema") };
const query = document.getElementById("query");

for (const { kind, plural } of data.kinds) fields.kind.append(element("option", { value: kind }, plural));
for (const { schema } of data.schemas) {
  fields.schema.append(element("option", { value: schema === null ? "/" : schema }, schema === null ? "cluster-wide" : shown(schema)));
}

const wanted = () => ({ q: query.value.trim(), level: fields.level.value, kind: fields.kind.value, schema: fields.schema.value });

// The address of a list: only what is asked for.
const addressOfList = (asked) => {
  const given = Object.entries(asked).filter(([, value]) => value !== "");
  return "#?" + given.map(([name, value]) => name + "=" + encodeURIComponent(value)).join("&");
};

const fraction = (part, whole) => (whole === 0 ? "" : grouped(part) + " / " + grouped(whole));
// Properties that the object has not can be asserted too; they count for nothing here.
const countedProperties = (object) => {
  const own = object.properties.filter((it) => it.value !== null || it.property === "existence");
  return [own.filter((it) => it.is_asserted).length, own.length];
};
const countedBehaviours = (object) => [object.behaviours.filter((it) => it.is_seen).length, object.behaviours.length];

const drawRow = (object) => row(
  cell({ class: "of-level" }, badge(stateOf(object))),
  rowHead({}, element("a", { href: addressOfObject(object) }, named(called(object)))),
  cell({ class: "of-kind" }, object.kind),
  cell({ class: "n" }, fraction(...countedProperties(object))),
  cell({ class: "n" }, fraction(...countedBehaviours(object))),
  cell({ class: "of-place" }, placed(placeOf(object))));

let drawAllRows = () => {};
const drawList = (asked) => {
  // A blank that was typed just now stays, since a word will follow.
  if (query.value.trim() !== (asked.q || "")) query.value = asked.q || "";
  for (const [name, field] of Object.entries(fields)) field.value = asked[name] || "";
  const found = find(asked);
  document.getElementById("found").textContent = found.length === data.objects.length
    ? count(found.length, "object")
    : grouped(found.length) + " of " + count(data.objects.length, "object");
  drawAllRows = portions(found, 100, document.getElementById("rows"), document.getElementById("more"), "objects", drawRow);
};
