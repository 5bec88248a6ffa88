// The map: schemas and their groups as fields whose size is the number of objects. The arrangement is the squarified
// one: rows are filled as long as their fields come nearer to squares.

const squarified = (items, x, y, width, height) => {
  const placed = [];
  const total = items.reduce((sum, item) => sum + item.size, 0);
  if (total === 0 || width <= 0 || height <= 0) return placed;
  const scale = (width * height) / total;
  const left = items.slice().sort((a, b) => b.size - a.size);
  const worst = (row, sum, side) => {
    const largest = row[0].size * scale, smallest = row[row.length - 1].size * scale, area = sum * scale;
    return Math.max((side * side * largest) / (area * area), (area * area) / (side * side * smallest));
  };
  while (left.length > 0) {
    const side = Math.min(width, height);
    const row = [left.shift()];
    let sum = row[0].size;
    while (left.length > 0 && worst([...row, left[0]], sum + left[0].size, side) <= worst(row, sum, side)) {
      sum += left[0].size;
      row.push(left.shift());
    }
    const thickness = (sum * scale) / side;
    let along = 0;
    for (const item of row) {
      const length = (item.size / sum) * side;
      placed.push(width >= height
        ? { item, x, y: y + along, width: thickness, height: length }
        : { item, x: x + along, y, width: length, height: thickness });
      along += length;
    }
    if (width >= height) { x += thickness; width -= thickness; } else { y += thickness; height -= thickness; }
  }
  return placed;
};

// The fields of a schema: each relation for itself, all else together by what it is, or the map would be dust.
const fieldsOf = (schema) => {
  const together = new Map();
  const fields = [];
  for (const group of data.groups) {
    if (group.schema !== schema || group.figures.objects === 0) continue;
    const figures = group.figures;
    if (group.class === "relation" && figures.objects > 1) {
      fields.push({ name: shown(group.name), address: addressOf(group), size: figures.objects, covered: coveredOf(figures), uncovered: figures.uncovered });
      continue;
    }
    const name = group.class === "schema" ? "the schema itself" : { relation: "views and sequences", routine: "routines", type: "types", kind: group.name }[group.class];
    const field = together.get(name) || { name, size: 0, covered: 0, uncovered: 0, address: "#/" + encodeURIComponent(schema === null ? "" : schema) };
    field.size += figures.objects;
    field.covered += coveredOf(figures);
    field.uncovered += figures.uncovered;
    if (group.class === "kind") field.address = addressOf(group);
    together.set(name, field);
  }
  return [...fields, ...together.values()];
};

const step = (covered, size) => {
  if (covered === 0) return "c0";
  if (covered === size) return "c4";
  const part = covered / size;
  return part < 0.5 ? "c1" : part < 0.8 ? "c2" : "c3";
};

const pen = document.createElement("canvas").getContext("2d");
const fitted = (text, room, font) => {
  pen.font = font;
  if (pen.measureText(text).width <= room) return text;
  const letters = [...text];
  while (letters.length > 0 && pen.measureText(letters.join("") + "…").width > room) letters.pop();
  return letters.length < 4 ? "" : letters.join("") + "…";
};

const drawMap = (place) => {
  const width = Math.max(280, Math.floor(place.clientWidth));
  const face = getComputedStyle(document.body).fontFamily;
  const schemas = data.schemas.map(({ schema }) => {
    const fields = fieldsOf(schema);
    return { schema, fields, size: fields.reduce((sum, field) => sum + field.size, 0) };
  }).filter((schema) => schema.size > 0);
  // A narrow map is upright and one of many fields is higher, so that the fields have room for names.
  const number = schemas.reduce((sum, schema) => sum + schema.fields.length, 0);
  const height = Math.round(width < 500 ? width * 1.5 : Math.max(380, width * 0.5) + Math.min(280, Math.max(0, number - 90)));
  const drawing = svg("svg", { width, height, viewBox: "0 0 " + width + " " + height, role: "group", "aria-labelledby": "map-title", "aria-describedby": "map-hint" });
  for (const frame of squarified(schemas, 0, 0, width, height)) {
    const name = frame.item.schema === null ? "cluster-wide" : shown(frame.item.schema);
    const head = frame.height > 52 && frame.width > 40 ? 22 : 0;
    drawing.append(svg("rect", { class: "frame", x: frame.x + 1, y: frame.y + 1, width: Math.max(0, frame.width - 2), height: Math.max(0, frame.height - 2), rx: 4 }));
    if (head > 0) {
      const label = fitted(name, frame.width - 16, "600 13px " + face);
      drawing.append(svg("text", { class: "schema", x: frame.x + 8, y: frame.y + 16, "aria-hidden": "true" }, label));
    }
    const inside = squarified(frame.item.fields, frame.x + 4, frame.y + 3 + head, frame.width - 8, frame.height - 7 - head);
    for (const field of inside) drawing.append(drawField(field, name), ...labelsOf(field, face));
  }
  const fields = [...drawing.querySelectorAll("a")];
  fields.forEach((field, index) => field.setAttribute("tabindex", index === 0 ? "0" : "-1"));
  drawing.addEventListener("keydown", (event) => moveOn(event, fields));
  place.replaceChildren(drawing);
};

const drawField = ({ item, x, y, width, height }, schema) => {
  const part = share(item.covered, item.size);
  const label = item.name + ", " + part + " of " + count(item.size, "object") + " covered, " + grouped(item.uncovered) + " uncovered, in " + schema;
  const shape = { x: x + 1, y: y + 1, width: Math.max(0, width - 2), height: Math.max(0, height - 2), rx: 2 };
  const field = svg("a", { href: item.address, class: "field " + step(item.covered, item.size), "aria-label": label }, svg("title", {}, label), svg("rect", shape));
  if (item.covered === 0) field.append(svg("rect", { ...shape, class: "hatched", fill: "url(#hatch)" }));
  return field;
};

// What stands in a field for those who see it, as far as there is room; its link says all of it.
const labelsOf = ({ item, x, y, width, height }, face) => {
  if (height < 21 || width < 34) return [];
  const name = fitted(item.name, width - 14, "500 12px " + face);
  if (name === "") return [];
  const look = { class: "label " + step(item.covered, item.size), x: x + 7, "aria-hidden": "true" };
  const labels = [svg("text", { ...look, y: y + 16 }, name)];
  if (height > 38) labels.push(svg("text", { ...look, class: look.class + " part", y: y + 32 }, share(item.covered, item.size)));
  return labels;
};

// Arrow keys go to the nearest field on that side.
const moveOn = (event, fields) => {
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const here = event.target.closest("a");
  let next = null;
  if (event.key === "Home") next = fields[0];
  if (event.key === "End") next = fields[fields.length - 1];
  const way = ways[event.key];
  if (way && here) {
    const middle = (field) => { const box = field.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
    const from = middle(here);
    let best = Infinity;
    for (const field of fields) {
      const to = middle(field);
      const ahead = (to[0] - from[0]) * way[0] + (to[1] - from[1]) * way[1];
      const aside = Math.abs((to[0] - from[0]) * way[1]) + Math.abs((to[1] - from[1]) * way[0]);
      if (field !== here && ahead > 1 && ahead + 2 * aside < best) { best = ahead + 2 * aside; next = field; }
    }
  }
  if (next === null) return;
  event.preventDefault();
  for (const field of fields) field.setAttribute("tabindex", field === next ? "0" : "-1");
  next.focus();
};
