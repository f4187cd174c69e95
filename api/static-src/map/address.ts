// The map's state in the address, so that a link shows what its sender saw. In and out: a query string; the question
// in it is written as the server reads it.
import { emptyQuestion, type Question } from "./question";

export interface State {
  question: Question;
  layout: string;
  view: "map" | "list";
  /** Centre and zoom, relative to the whole: "0.5,0.5,1". */
  at: [number, number, number] | null;
  plate: string;
}

export const LAYOUTS = ["similarity", "time", "grid", "tone"];

export function readAddress(text: string, facets: string[]): State {
  const given = new URLSearchParams(text);
  const question = emptyQuestion();
  question.words = given.get("q") ?? "";
  for (const facet of facets) {
    const ids = given.getAll(facet).filter(Boolean);
    if (ids.length) question.facets.set(facet, new Set(ids));
  }
  const years = /^(\d{1,4})-(\d{1,4})$/.exec(given.get("years") ?? "");
  if (years) question.years = [Number(years[1]), Number(years[2])];
  question.sure = Math.max(0, Math.min(100, Number(given.get("sure")) || 0));
  question.like = given.getAll("like");
  const at = (given.get("at") ?? "").split(",").map(Number);
  const layout = given.get("layout") ?? "";
  return {
    question,
    layout: LAYOUTS.includes(layout) || facets.includes(layout) ? layout : "similarity",
    view: given.get("view") === "list" ? "list" : "map",
    at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? (at as [number, number, number]) : null,
    plate: given.get("plate") ?? "",
  };
}

/** The question alone, as the server takes it. */
export function asked(question: Question): URLSearchParams {
  const given = new URLSearchParams();
  if (question.words) given.set("q", question.words);
  for (const [facet, ids] of question.facets) for (const id of ids) given.append(facet, id);
  if (question.years) given.set("years", question.years.join("-"));
  if (question.sure) given.set("sure", `${question.sure}`);
  for (const path of question.like) given.append("like", path);
  return given;
}

export function writeAddress(state: State): string {
  const given = asked(state.question);
  if (state.layout !== "similarity") given.set("layout", state.layout);
  if (state.view === "list") given.set("view", "list");
  if (state.at) given.set("at", state.at.map((v) => v.toFixed(v < 10 ? 4 : 2)).join(","));
  if (state.plate) given.set("plate", state.plate);
  const text = given.toString();
  return text ? `?${text}` : "";
}
