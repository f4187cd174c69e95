// What the map loads: the manifest, columns of all pictures, facets with their names, and names of pictures in
// blocks when somebody looks. In: addresses from the page's configuration. Out: typed arrays and small classes.

export interface Config {
  manifest: string;
  pack: string;
  sheets: string;
  plates: string;
  block: number;
  thumbnail: string;
  page: string;
  entity: string;
  served: boolean;
  language: string;
  words: Record<string, string>;
  plate: number;
}

export interface Level {
  side: number;
  columns: number;
  sheets: string[];
}

interface FacetFile {
  name: string;
  kind: string;
  values: number;
  wide: boolean;
  file: string;
  labels: string;
}

export interface Manifest {
  version: string;
  count: number;
  placed: number;
  /** Columns and rows of cells of the map by look. */
  cells: number[];
  years: number[];
  levels: Level[];
  plates: string;
  facets: FacetFile[];
}

/** One picture's names, as a block gives them. */
export interface Named {
  path: string;
  label: string;
  language: string;
  digest: string;
  source: string;
  year: string;
  /** The file of its page, where there is no server. */
  file?: string;
}

/** The columns of all pictures, by their number on the map. */
export class Pictures {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly aspect: Float32Array;
  readonly colours: Uint8Array;
  readonly years: Uint16Array;
  /** Place in reading order. */
  readonly order: Uint16Array | Uint32Array;

  constructor(raw: ArrayBuffer, readonly count: number, readonly placed: number) {
    const n = count;
    const places = new Uint16Array(raw, 0, 2 * n);
    this.x = Float32Array.from(places.subarray(0, n), (v) => v / 65535);
    this.y = Float32Array.from(places.subarray(n), (v) => v / 65535);
    const bytes = new Uint8Array(raw);
    this.aspect = Float32Array.from(bytes.subarray(4 * n, 5 * n), (v) => (v ? 2 ** ((v - 128) / 32) : 0));
    this.colours = bytes.subarray(5 * n, 8 * n);
    this.years = new Uint16Array(raw.slice(8 * n, 10 * n));
    this.order = n <= 0xffff ? new Uint16Array(raw.slice(10 * n)) : new Uint32Array(raw.slice(10 * n));
  }
}

/** The values of one facet: which pictures have them, how surely, and what they are called. */
export class Facet {
  readonly starts: Uint32Array;
  readonly values: Uint16Array | Uint32Array;
  readonly sure: Uint8Array;
  readonly index = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly kind: string,
    raw: ArrayBuffer,
    count: number,
    wide: boolean,
    readonly ids: string[],
    readonly totals: number[],
    readonly labels: string[],
    readonly languages: string[],
  ) {
    const counts = new Uint8Array(raw, 0, count);
    this.starts = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) this.starts[i + 1] = this.starts[i] + counts[i];
    const total = this.starts[count];
    const end = count + total * (wide ? 4 : 2);
    const values = raw.slice(count, end);
    this.values = wide ? new Uint32Array(values) : new Uint16Array(values);
    this.sure = new Uint8Array(raw, end, total);
    ids.forEach((id, i) => this.index.set(id, i));
  }

  /** The surest value of a picture, -1 for none. */
  first(i: number): number {
    return this.starts[i] < this.starts[i + 1] ? this.values[this.starts[i]] : -1;
  }
}

async function unpacked(address: string): Promise<ArrayBuffer> {
  const answer = await fetch(address);
  if (!answer.ok || !answer.body) throw new Error(`${answer.status} ${address}`);
  return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The label to show, and its language: the visitor's, then English, then any. */
function best(texts: Record<string, string>, language: string): [string, string] {
  for (const tag of [language, "en", "", "mul"]) if (texts[tag]) return [texts[tag], tag];
  const tag = Object.keys(texts).sort()[0];
  return tag === undefined ? ["", ""] : [texts[tag], tag];
}

export class Data {
  readonly facets = new Map<string, Facet>();
  private blocks = new Map<number, Promise<Named[]>>();
  private ready = new Map<number, Named[]>();

  private constructor(readonly config: Config, readonly manifest: Manifest, readonly pictures: Pictures) {}

  static async load(config: Config): Promise<Data> {
    const answer = await fetch(config.manifest);
    if (!answer.ok) throw new Error(`${answer.status} ${config.manifest}`);
    const manifest = (await answer.json()) as Manifest;
    const raw = await unpacked(config.pack + manifest.plates);
    return new Data(config, manifest, new Pictures(raw, manifest.count, manifest.placed));
  }

  async loadFacet(file: FacetFile): Promise<void> {
    const [raw, names] = await Promise.all([unpacked(this.config.pack + file.file), unpacked(this.config.pack + file.labels)]);
    const listed = JSON.parse(new TextDecoder().decode(names)) as [string, number, Record<string, string>][];
    const chosen = listed.map(([, , texts]) => best(texts, this.config.language));
    this.facets.set(
      file.name,
      new Facet(
        file.name, file.kind, raw, this.manifest.count, file.wide,
        listed.map(([id]) => id), listed.map(([, total]) => total),
        listed.map(([id], i) => chosen[i][0] || id), chosen.map(([, tag]) => tag),
      ),
    );
  }

  /** Names of a picture, at once when they are here, else undefined. */
  known(i: number): Named | undefined {
    return this.ready.get(Math.floor(i / this.config.block))?.[i % this.config.block];
  }

  async named(i: number): Promise<Named> {
    const block = Math.floor(i / this.config.block);
    let asked = this.blocks.get(block);
    if (!asked) {
      asked = this.fetchBlock(block);
      this.blocks.set(block, asked);
      asked.then((names) => this.ready.set(block, names), () => this.blocks.delete(block));
    }
    return (await asked)[i % this.config.block];
  }

  private async fetchBlock(block: number): Promise<Named[]> {
    const asked = this.config.served ? `?lang=${this.config.language}` : "";
    const answer = await fetch(`${this.config.plates}${block}.json${asked}`);
    if (answer.status === 404) throw new Stale();
    if (!answer.ok) throw new Error(`${answer.status}`);
    const rows = (await answer.json()) as string[][];
    return rows.map(([path, label, language, digest, source, year, file]) => ({ path, label, language, digest, source, year, file }));
  }

  thumbnail(named: Named): string {
    return named.digest ? this.config.thumbnail.replace("{digest}", named.digest) : "";
  }

  page(named: Named): string {
    return this.config.page.replace("{local}", named.file ?? named.path);
  }
}

/** The snapshot the map was loaded from is served no more. */
export class Stale extends Error {}

/** A set of pictures as base64 of one bit each. */
export function bits(mask: (i: number) => boolean, count: number): string {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) if (mask(i)) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export function fromBits(text: string): (i: number) => boolean {
  const raw = atob(text);
  return (i) => ((raw.charCodeAt(i >> 3) >> (i & 7)) & 1) === 1;
}
