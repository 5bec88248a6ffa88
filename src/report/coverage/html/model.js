// The model: the report's data, found by what people ask for. Nothing here touches the page.

const data = JSON.parse(document.getElementById("data").textContent);

const levels = ["asserted-and-exercised", "asserted", "exercised", "partly-exercised", "uncovered"];
const words = {
  "asserted-and-exercised": "asserted and exercised",
  "asserted": "asserted",
  "exercised": "exercised",
  "partly-exercised": "partly exercised",
  "uncovered": "uncovered",
  "excluded": "left out",
};

// Control characters and marks of direction as SQL's E'' strings write them, so that no name changes how others look.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const shown = (text) => text.replace(unseen, (sign) => {
  const code = sign.codePointAt(0);
  return code < 0x80 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16).padStart(4, "0");
});

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const count = (number, noun) => grouped(number) + " " + noun + (number === 1 ? "" : "s");

// A share as the rest of the report writes it: rounded down, so that 100 % is all.
const share = (part, whole) => {
  if (whole === 0) return "–";
  const tenths = Math.floor((part * 1000) / whole);
  return tenths === 1000 ? "100 %" : Math.floor(tenths / 10) + "." + (tenths % 10) + " %";
};

const coveredOf = (figures) => figures.objects - figures.uncovered - figures["partly_exercised"];
const stateOf = (object) => (object.excluded === null ? object.level : "excluded");
const schemaOf = (object) => data.groups[object.group].schema;
const placeOf = (object) => object.changed_at || object.made_at;
const written = (place) => shown(place.file) + ":" + place.line;
const called = (object) => shown(object.path) || object.kind;

// The address of a group's view: #/schema/table, #/schema/type/name, #/schema for the schema itself.
const addressOf = (group) => {
  const schema = encodeURIComponent(group.schema === null ? "" : group.schema);
  const name = encodeURIComponent(group.name);
  if (group.class === "schema") return "#/" + schema;
  if (group.class === "relation") return "#/" + schema + "/" + name;
  return "#/" + schema + "/" + group.class + "/" + name;
};
const addressOfObject = (object) => {
  const key = encodeURIComponent(object.kind + " " + object.path);
  return addressOf(data.groups[object.group]) + "?object=" + key;
};

const groupsByAddress = new Map(data.groups.map((group, index) => [addressOf(group), index]));
const membersOf = data.groups.map(() => []);
for (const object of data.objects) membersOf[object.group].push(object);

// What a search looks through; made when it is first needed.
let texts = null;
const textOf = (index) => {
  if (texts === null) {
    texts = data.objects.map((object) => {
      const place = placeOf(object);
      return (object.kind + " " + shown(object.path) + " " + (place === null ? "" : written(place))).toLowerCase();
    });
  }
  return texts[index];
};

// The objects for which all that is asked for holds, in the order of the report.
const find = ({ q, level, kind, schema }) => {
  const terms = (q || "").toLowerCase().split(/\s+/).filter((term) => term !== "");
  return data.objects.filter((object, index) => {
    const state = stateOf(object);
    if (level ? state !== level : false) return false;
    if (kind && object.kind !== kind) return false;
    if (schema !== undefined && schema !== "" && (schemaOf(object) === null ? "/" : schemaOf(object)) !== schema) return false;
    return terms.every((term) => textOf(index).includes(term));
  });
};
