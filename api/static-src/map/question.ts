// What is asked: words, values, years, certainty, likeness. In: the columns of all pictures and answers of the
// server. Out: which pictures answer, in what order, and how many would for every value.
import { fromBits, type Data, type Facet } from "./data";

/** A set of pictures that the server found, the best of them in order. */
export interface Found {
  ranked: number[];
  has: (i: number) => boolean;
  total: number;
}

export interface Question {
  words: string;
  facets: Map<string, Set<string>>;
  years: [number, number] | null;
  sure: number;
  like: string[];
}

export function emptyQuestion(): Question {
  return { words: "", facets: new Map(), years: null, sure: 0, like: [] };
}

export function readFound(answer: { ranked: number[]; all: string; total: number }): Found {
  return { ranked: answer.ranked, has: fromBits(answer.all), total: answer.total };
}

const WORDS = 1;
const LIKE = 2;
const YEARS = 4;
const SURE = 8;
const FIRST_FACET = 16;

export class Answer {
  /** Per picture, which conditions it fails: a bit each. */
  readonly fails: Uint32Array;
  total = 0;
  private bitOf = new Map<string, number>();

  constructor(private data: Data, readonly question: Question, readonly byWords: Found | null, readonly alike: Found | null) {
    const n = data.pictures.count;
    this.fails = new Uint32Array(n);
    const { years } = data.pictures;
    if (byWords) for (let i = 0; i < n; i++) if (!byWords.has(i)) this.fails[i] |= WORDS;
    if (alike) for (let i = 0; i < n; i++) if (!alike.has(i)) this.fails[i] |= LIKE;
    if (question.years) {
      const [from, to] = question.years;
      for (let i = 0; i < n; i++) if (years[i] < from || years[i] > to) this.fails[i] |= YEARS;
    }
    let bit = FIRST_FACET;
    const least = question.sure * 2.55 - 0.5;
    for (const [name, ids] of question.facets) {
      const facet = data.facets.get(name);
      if (facet) this.narrow(facet, ids, least, bit);
      this.bitOf.set(name, bit);
      bit <<= 1;
    }
    if (question.sure && !question.facets.size) {
      const kind = data.facets.get("category");
      if (kind) for (let i = 0; i < n; i++) if (!(kind.first(i) >= 0 && kind.sure[kind.starts[i]] >= least)) this.fails[i] |= SURE;
    }
    for (let i = 0; i < n; i++) if (!this.fails[i]) this.total++;
  }

  private narrow(facet: Facet, ids: Set<string>, least: number, bit: number): void {
    const wanted = new Set([...ids].map((id) => facet.index.get(id)));
    for (let i = 0; i < this.fails.length; i++) {
      let has = false;
      for (let at = facet.starts[i]; at < facet.starts[i + 1] && !has; at++) has = wanted.has(facet.values[at]) && facet.sure[at] >= least;
      if (!has) this.fails[i] |= bit;
    }
  }

  has(i: number): boolean {
    return this.fails[i] === 0;
  }

  /** The pictures that answer: best first where something ranks them, else in reading order. */
  ordered(): number[] {
    const ranking = this.alike ?? this.byWords;
    const rest: number[] = [];
    const ranked = ranking ? ranking.ranked.filter((i) => this.has(i)) : [];
    const there = new Set(ranked);
    for (let i = 0; i < this.fails.length; i++) if (this.has(i) && !there.has(i)) rest.push(i);
    const { order } = this.data.pictures;
    return ranked.concat(rest.sort((a, b) => order[a] - order[b]));
  }

  /** For every value of a facet, how many pictures would answer if it were chosen. */
  counts(facet: Facet): Uint32Array {
    const own = this.bitOf.get(facet.name) ?? 0;
    const counts = new Uint32Array(facet.ids.length);
    for (let i = 0; i < this.fails.length; i++) {
      if (this.fails[i] & ~own) continue;
      for (let at = facet.starts[i]; at < facet.starts[i + 1]; at++) counts[facet.values[at]]++;
    }
    return counts;
  }

  /** How many pictures of every year answer everything but the years. */
  byYear(first: number, last: number): Uint32Array {
    const counts = new Uint32Array(last - first + 1);
    const { years } = this.data.pictures;
    for (let i = 0; i < this.fails.length; i++) if (years[i] && !(this.fails[i] & ~YEARS)) counts[years[i] - first]++;
    return counts;
  }
}
