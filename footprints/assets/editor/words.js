/** Numbers and words as the rest of the app writes them. */

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** 12,345 */
export function number(n) {
  return n === null || n === undefined ? "–" : WHOLE.format(Math.round(n)).replace("-", "−");
}

/** +1,234 or −1,234, and plain 0 */
export function signed(n) {
  return n > 0 ? `+${number(n)}` : number(n);
}

/** "1 area", "12 areas", "1,204 people" */
export function count(n, one, many = `${one}s`) {
  return `${number(n)} ${Math.round(n) === 1 ? one : many}`;
}

/** "a, b and c" */
export function listed(texts) {
  if (texts.length < 2) return texts.join("");
  return `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
}

const COUNTED = { residents: "residents", registered: "registered patients", lists: "patients on lists of practices sited here" };
const HEADS = { residents: "Residents", registered: "Registered", lists: "On lists sited here" };

/** The year of a range on people of a later year ("year:2031"), else "". */
function yearOf(key) {
  return /^year:(\d{4})$/.exec(key ?? "")?.[1] ?? "";
}

/** The people that are counted in this plan, in words. */
export function counted(key) {
  return yearOf(key) ? `people in ${yearOf(key)}` : COUNTED[key] ?? COUNTED.residents;
}

/** The same as the head of a column. */
export function headOf(key) {
  return yearOf(key) ? `In ${yearOf(key)}` : HEADS[key] ?? HEADS.residents;
}

/** "1 person", "4,870 people", "4,870 patients on lists of practices sited here", "4,870 people in 2031" */
export function heads(n, key) {
  const one = Math.round(n) === 1;
  if (key in COUNTED && key !== "residents") return `${number(n)} ${one ? COUNTED[key].replace("patients", "patient") : COUNTED[key]}`;
  return `${count(n, "person", "people")}${yearOf(key) ? ` in ${yearOf(key)}` : ""}`;
}
