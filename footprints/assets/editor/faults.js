/** Problems in words: the server says which and where, by number; what they are called is made here. */

import { parseRanges } from "./ranges.js";
import { count, heads, number } from "./words.js";

/** The units that a problem is about: those it names, or all of its neighbourhood. */
export function unitsOf(problem, plan) {
  if (problem.units) return parseRanges(problem.units);
  const units = [];
  plan.confirmed.labels.forEach((slot, n) => slot === problem.slot && units.push(n));
  return units;
}

/** "Ely has 28,410 people, 1,590 too few." @param {{plan, catalogue, levels, people}} editor */
export function wordsOf(problem, editor) {
  const { plan } = editor;
  const name = plan.nameOf(problem.slot);
  const row = plan.rows.get(problem.slot);
  const { band } = plan.facts;
  if (problem.kind === "empty") return `${name} has no areas yet.`;
  if (problem.kind === "range") {
    const few = row.people < band.minimum;
    return `${name} has ${heads(row.people, plan.facts.count)}, ${number(few ? band.minimum - row.people : row.people - band.maximum)} too ${few ? "few" : "many"}.`;
  }
  const units = unitsOf(problem, plan);
  if (problem.kind === "crossing") return crossing(problem, units, name, editor);
  const one = units.length === 1;
  if (problem.kind === "pieces") return `${name}: ${those(units, editor)} ${one ? "is" : "are"} cut off from the rest.`;
  if (problem.kind === "locked") return `${editor.catalogue.units.label[units[0]]}, was to stay in ${name}.`;
  return `${those(units, editor)} ${one ? "belongs" : "belong"} to no neighbourhood.`;
}

function crossing(problem, units, name, editor) {
  const key = problem.key.split(":")[1];
  const level = editor.levels.get(key);
  const groups = level ? [...new Set(units.map((n) => level.of[n]))].filter((g) => g >= 0).sort((a, b) => a - b) : [];
  const across = problem.across || groups.map((g) => level.names[g]);
  return `${name} crosses a ${level ? level.label.toLowerCase() : key.replace("_", "-")} line: ${across.join(", ")}.`;
}

/** "3 areas, 4,870 people (Soham)," or one area by its name. */
function those(units, editor) {
  if (units.length === 1) return editor.catalogue.units.label[units[0]];
  const people = editor.people();
  const said = `${count(units.length, "area")}, ${editor.heads(units.reduce((sum, n) => sum + people[n], 0))}`;
  const level = editor.levels.get("msoa");
  const places = level ? [...new Set(units.filter((n) => level.of[n] >= 0).map((n) => level.names[level.of[n]]))].sort() : [];
  if (!places.length) return `${said},`;
  return `${said} (${places.slice(0, 2).join(", ")}${places.length > 2 ? " and others" : ""}),`;
}
