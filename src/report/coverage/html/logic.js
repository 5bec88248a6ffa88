// The logic of functions: which of their lines and branches the tests reached. Nothing here touches the page.

const wordsOfLogic = {
  covered: "covered",
  partly: "partly covered",
  missed: "missed",
  unmeasured: "not measured",
  called: "called",
  "not-called": "not called",
  excluded: "left out",
};
const wordsOfBranches = {
  then: "condition met",
  else: "ELSE taken",
  "no-then": "no condition met",
  turn: "loop with a turn",
  "no-turn": "loop without a turn",
  caught: "error caught",
  "not-caught": "no error caught",
};

const isRoutine = (object) => object.logic !== null || object.kind === "function" || object.kind === "procedure";
const hasPoints = (object) => object.logic !== null && object.logic.points.length > 0;
const isBranch = (point) => point.kind !== "statement";
const isReached = (point) => point.test_files > 0;

// How much of something was reached: [part, whole].
const reached = (points) => [points.filter(isReached).length, points.length];
const statementsOf = (object) => reached(object.logic.points.filter((point) => !isBranch(point)));
const branchesOf = (object) => reached(object.logic.points.filter(isBranch));

const stateOfPoints = (points) => {
  const [part, whole] = reached(points);
  return part === whole ? "covered" : part === 0 ? "missed" : "partly";
};
// Where nothing can be seen inside of a function, it was called or not.
const stateOfRoutine = (object) => {
  if (object.excluded !== null) return "excluded";
  if (hasPoints(object)) return stateOfPoints(object.logic.points);
  if (object.logic !== null && object.logic.unmeasured !== null) return "unmeasured";
  return object.behaviours.some((it) => it.behaviour === "runs" && it.is_seen) ? "called" : "not-called";
};
const hasGap = (state) => ["partly", "missed", "unmeasured", "not-called"].includes(state);

// Test files that reached any of these.
const filesAt = (points) => new Set(points.flatMap((point) => point.places.map((place) => place.file))).size;

const sourceOf = (object) => {
  const body = object.logic === null ? undefined : object.properties.find((it) => it.property === "body");
  return body === undefined ? null : body.value;
};
// The number of a line: in the script, or in the body where that is not known.
const numberOf = ({ first_line: first }, ofBody) => (first === null ? ofBody : first + ofBody - 1);
// The lines of a body with their numbers and with what begins on each; without the blank ones around it.
const linesOf = (object) => {
  const points = new Map();
  for (const point of object.logic.points) {
    if (!points.has(point.body_line)) points.set(point.body_line, []);
    points.get(point.body_line).push(point);
  }
  const lines = sourceOf(object).split("\n").map((text, at) => ({ number: numberOf(object.logic, at + 1), text: text.replace(/\r$/, ""), points: points.get(at + 1) || [] }));
  const isBlank = (line) => line.points.length === 0 && line.text.trim() === "";
  while (lines.length > 0 && isBlank(lines[0])) lines.shift();
  while (lines.length > 0 && isBlank(lines[lines.length - 1])) lines.pop();
  return lines;
};
const addressOfLine = (object, number) => addressOfObject(object) + "&line=" + number;

// The first that no test reached.
const firstMissed = (object) => {
  const points = hasPoints(object) ? object.logic.points.filter((it) => !isReached(it)) : [];
  return points.reduce((first, point) => (first === null || point.body_line < first.body_line ? point : first), null);
};
