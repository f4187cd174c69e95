// The drawing: every picture is a textured rectangle, all that are on the screen one draw call; what each looks like is
// read from textures by its number. In: places, states and a view. Out: pixels. Pictures come in levels of detail: their mean colour, then sheets of small pictures that
// are loaded where somebody looks, then thumbnails of the few that are large on the screen.
import * as twgl from "twgl.js";
import type { Data } from "./data";

export interface View {
  /** Centre, in cells, and how many CSS pixels a cell is wide. */
  x: number;
  y: number;
  scale: number;
}

/** What a picture looks like: faint when it does not answer, plain, or chosen. */
export const FAINT = 0;
export const PLAIN = 1;
export const CHOSEN = 2;

const ACROSS = 1024;
const SLOT = 256;
const SLOTS = 192;
const KEPT = [0, 20, 20];
const AT_ONCE = 6;

const VERTEX = `#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D places;
uniform highp sampler2D looks;
uniform highp sampler2D marks;
uniform vec2 centre;
uniform vec2 screen;
uniform float scale;
uniform float moved;
uniform float size;
uniform float current;
uniform float widest;
uniform ivec3 columns;
uniform ivec3 sides;
uniform vec3 heights;
uniform highp isampler2D resident;
out vec2 uv;
out vec2 edge;
flat out vec3 colour;
flat out ivec2 which;
flat out float lod;
flat out float shade;
flat out vec2 ring;
void main() {
  int picture = gl_VertexID >> 2;
  ivec2 texelAt = ivec2(picture & 1023, picture >> 10);
  vec4 place4 = texelFetch(places, texelAt, 0);
  vec2 position = mix(place4.xy, place4.zw, moved);
  vec4 look = texelFetch(looks, texelAt, 0);
  vec4 mark = texelFetch(marks, texelAt, 0) * 255.0;
  float state = mark.r;
  float slot = mark.g - 1.0;
  vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1);
  float aspect = look.w > 0.0 ? exp2((look.w * 255.0 - 128.0) / 32.0) : 1.0;
  aspect = clamp(aspect, 0.25, 4.0);
  vec2 extent = vec2(sqrt(aspect), inversesqrt(aspect)) * size;
  extent /= max(1.0, max(extent.x, extent.y) / (size * widest));
  bool mine = float(picture) == current;
  vec2 place = (position - centre + (corner - 0.5) * extent) * scale;
  float depth = mine ? -0.9 : state > 1.5 ? -0.5 : state > 0.5 ? 0.0 : 0.5;
  gl_Position = vec4(place * vec2(2.0, -2.0) / screen, depth, 1.0);
  which = ivec2(-1, 0);
  lod = 0.0;
  vec2 pixels = extent * scale;
  float wide = max(pixels.x, pixels.y);
  colour = look.rgb;
  shade = state > 0.5 ? 1.0 : 0.13;
  ring = (state > 1.5 || mine) ? vec2(2.5) / max(pixels, vec2(1.0)) : vec2(0.0);
  edge = corner;
  uv = corner;
  if (slot >= 0.0 && wide > 40.0) {
    which = ivec2(3, int(slot));
    return;
  }
  for (int level = 2; level >= 0; level--) {
    int side = sides[level];
    if (side == 0 || (level > 0 && wide < float(side) * 0.45)) continue;
    int per = columns[level] * columns[level];
    int layer = texelFetch(resident, ivec2(picture / per, level), 0).r;
    if (layer < 0) continue;
    int cell = picture % per;
    vec2 inside = mix(vec2(0.5), vec2(float(side) - 0.5), corner);
    vec2 texel = vec2(float(cell % columns[level]), float(cell / columns[level])) * float(side) + inside;
    uv = texel / vec2(float(columns[level] * side), heights[level]);
    which = ivec2(level, layer);
    lod = clamp(log2(float(side) / max(wide, 1.0)) - 0.25, 0.0, 3.0);
    break;
  }
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
in vec2 uv;
in vec2 edge;
flat in vec3 colour;
flat in ivec2 which;
flat in float lod;
flat in float shade;
flat in vec2 ring;
uniform sampler2DArray first;
uniform sampler2DArray second;
uniform sampler2DArray third;
uniform sampler2DArray near;
uniform vec3 paper;
uniform vec3 accent;
out vec4 pixel;
void main() {
  vec3 seen = colour;
  vec3 at = vec3(uv, float(which.y));
  if (which.x == 0) seen = textureLod(first, at, lod).rgb;
  else if (which.x == 1) seen = textureLod(second, at, 0.0).rgb;
  else if (which.x == 2) seen = textureLod(third, at, 0.0).rgb;
  else if (which.x == 3) seen = textureLod(near, at, 0.0).rgb;
  seen = mix(paper, seen, shade);
  vec2 away = min(edge, 1.0 - edge);
  if (away.x < ring.x || away.y < ring.y) seen = accent;
  pixel = vec4(seen, 1.0);
}`;

interface Sheet {
  level: number;
  index: number;
  layer: number;
  used: number;
}

export class Scene {
  private gl: WebGL2RenderingContext;
  private program: twgl.ProgramInfo;
  private rows: number;
  /** Per picture: where it comes from and where it goes. */
  private places: Float32Array;
  /** Per picture: its state, and the slot of its thumbnail plus one. */
  private marks: Uint8Array;
  private placesTexture: WebGLTexture;
  private looksTexture: WebGLTexture;
  private marksTexture: WebGLTexture;
  /** The corners of the rectangles that are drawn. */
  private corners: Uint32Array;
  private elements: WebGLBuffer;
  private textures: WebGLTexture[] = [];
  private heights = [1, 1, 1];
  private resident: Int16Array;
  private residentWidth: number;
  private residentTexture: WebGLTexture;
  private sheets = new Map<string, Sheet>();
  private free: number[][] = [[], [], []];
  private near: WebGLTexture;
  private slotOf = new Map<number, number>();
  private slotUsed: number[] = [];
  private loading = new Set<string>();
  private failed = new Set<string>();
  private moveStart = 0;
  private moveFor = 0;
  private dirty = false;
  readonly states: Uint8Array;
  view: View = { x: 0, y: 0, scale: 1 };
  loose = true;
  fit = 1;
  current = -1;
  /** What was drawn, for measurements: frames and the milliseconds they took. */
  readonly frames: number[] = [];
  loadedBytes = 0;
  onDrawn: () => void = () => undefined;
  private paper: number[] = [1, 1, 1];
  private accent: number[] = [0.5, 0.2, 0.1];

  constructor(readonly canvas: HTMLCanvasElement, readonly data: Data) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("WebGL 2");
    this.gl = gl;
    this.program = twgl.createProgramInfo(gl, [VERTEX, FRAGMENT]);
    const { pictures, manifest } = data;
    const n = pictures.count;
    const rows = Math.max(1, Math.ceil(n / ACROSS));
    this.places = new Float32Array(4 * ACROSS * rows);
    this.marks = new Uint8Array(4 * ACROSS * rows);
    this.states = new Uint8Array(n).fill(PLAIN);
    const looks = new Uint8Array(4 * ACROSS * rows);
    for (let i = 0; i < n; i++) {
      looks.set(pictures.colours.subarray(3 * i, 3 * i + 3), 4 * i);
      const aspect = pictures.aspect[i];
      looks[4 * i + 3] = aspect ? Math.round(Math.log2(aspect) * 32) + 128 : 0;
      this.marks[4 * i] = PLAIN;
    }
    this.rows = rows;
    this.placesTexture = this.plainTexture(gl.TEXTURE_2D);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, ACROSS, rows, 0, gl.RGBA, gl.FLOAT, this.places);
    this.looksTexture = this.plainTexture(gl.TEXTURE_2D);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, ACROSS, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, looks);
    this.marksTexture = this.plainTexture(gl.TEXTURE_2D);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, ACROSS, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, this.marks);
    this.corners = new Uint32Array(6 * n);
    this.elements = gl.createBuffer() as WebGLBuffer;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.elements);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, Math.max(4, this.corners.byteLength), gl.DYNAMIC_DRAW);
    this.residentWidth = Math.max(1, ...manifest.levels.map((level) => level.sheets.length));
    this.resident = new Int16Array(3 * this.residentWidth).fill(-1);
    this.residentTexture = this.plainTexture(gl.TEXTURE_2D);
    manifest.levels.forEach((level, at) => this.makeLevel(at, level.side, level.columns, level.sheets.length));
    while (this.textures.length < 3) this.textures.push(this.arrayTexture(1, 1, 1, false));
    this.near = this.arrayTexture(SLOT, SLOT, Math.min(SLOTS, Math.max(1, n)), false);
    this.slotUsed = new Array(Math.min(SLOTS, Math.max(1, n))).fill(0);
    this.writeResident();
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  }

  private plainTexture(target: number): WebGLTexture {
    const gl = this.gl;
    const texture = gl.createTexture() as WebGLTexture;
    gl.bindTexture(target, texture);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(target, side, gl.CLAMP_TO_EDGE);
    gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, target === gl.TEXTURE_2D ? gl.NEAREST : gl.LINEAR);
    gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, target === gl.TEXTURE_2D ? gl.NEAREST : gl.LINEAR);
    return texture;
  }

  private arrayTexture(width: number, height: number, layers: number, mips: boolean): WebGLTexture {
    const gl = this.gl;
    const texture = this.plainTexture(gl.TEXTURE_2D_ARRAY);
    if (mips) {
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
      gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAX_LEVEL, 3);
    }
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, mips ? 4 : 1, gl.RGBA8, width, height, layers);
    return texture;
  }

  private makeLevel(at: number, side: number, columns: number, sheets: number): void {
    const width = side * columns;
    const rows = sheets === 1 ? Math.ceil(this.data.pictures.count / columns) : columns;
    const layers = Math.max(1, at === 0 ? sheets : Math.min(KEPT[at], sheets));
    this.heights[at] = Math.max(8, rows * side);
    this.textures[at] = this.arrayTexture(width, this.heights[at], layers, at === 0);
    this.free[at] = Array.from({ length: layers }, (_, layer) => layer);
  }

  colours(paper: number[], accent: number[]): void {
    this.paper = paper;
    this.accent = accent;
    this.draw();
  }

  /** Send every picture to its place, slowly or at once. */
  move(x: Float32Array, y: Float32Array, milliseconds: number): void {
    const t = this.moved();
    const { places } = this;
    for (let i = 0; i < x.length; i++) {
      const at = 4 * i;
      places[at] += (places[at + 2] - places[at]) * t;
      places[at + 1] += (places[at + 3] - places[at + 1]) * t;
      places[at + 2] = x[i];
      places[at + 3] = y[i];
    }
    this.moveStart = performance.now();
    this.moveFor = milliseconds;
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.placesTexture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ACROSS, this.rows, gl.RGBA, gl.FLOAT, places);
    this.draw();
  }

  place(i: number): [number, number] {
    return [this.places[4 * i + 2], this.places[4 * i + 3]];
  }

  statesChanged(): void {
    for (let i = 0; i < this.states.length; i++) this.marks[4 * i] = this.states[i];
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.marksTexture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ACROSS, this.rows, gl.RGBA, gl.UNSIGNED_BYTE, this.marks);
    this.draw();
  }

  /** Side of a picture in cells at the present zoom. */
  get size(): number {
    if (!this.loose) return 0.92;
    return 0.95 + 0.75 / Math.max(1, this.view.scale / this.fit) ** 0.8;
  }

  private moved(): number {
    if (!this.moveFor) return 1;
    const t = Math.min(1, (performance.now() - this.moveStart) / this.moveFor);
    return t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
  }

  /** Draw soon. */
  draw(): void {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => this.now());
  }

  /** Draw at once. */
  now(): void {
    this.dirty = false;
    const started = performance.now();
    const gl = this.gl;
    const density = Math.min(2, window.devicePixelRatio || 1);
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (!width || !height) return;
    if (this.canvas.width !== Math.round(width * density) || this.canvas.height !== Math.round(height * density)) {
      this.canvas.width = Math.round(width * density);
      this.canvas.height = Math.round(height * density);
    }
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(this.paper[0], this.paper[1], this.paper[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const t = this.moved();
    const levels = this.data.manifest.levels;
    const of = (pick: (level: (typeof levels)[number]) => number) => [0, 1, 2].map((at) => (levels[at] ? pick(levels[at]) : 0));
    gl.useProgram(this.program.program);
    twgl.setUniforms(this.program, {
      centre: [this.view.x, this.view.y], screen: [this.canvas.width, this.canvas.height],
      scale: this.view.scale * density, moved: t, size: this.size, current: this.current, widest: this.loose ? 1.2 : 1,
      columns: of((level) => level.columns), sides: of((level) => level.side), heights: this.heights,
      places: this.placesTexture, looks: this.looksTexture, marks: this.marksTexture,
      resident: this.residentTexture, first: this.textures[0], second: this.textures[1], third: this.textures[2],
      near: this.near, paper: this.paper, accent: this.accent,
    });
    const count = this.fillCorners(t < 1);
    if (count) gl.drawElements(gl.TRIANGLES, 6 * count, gl.UNSIGNED_INT, 0);
    this.frames.push(performance.now() - started);
    if (this.frames.length > 600) this.frames.shift();
    if (this.moveFor && performance.now() - this.moveStart < this.moveFor + 20) this.draw();
    else this.moveFor = 0;
    this.onDrawn();
  }

  /** The corners of all pictures on the screen, or of all there are while they move; returns how many pictures. */
  private fillCorners(moving: boolean): number {
    const { corners, places, view, canvas } = this;
    const halfX = canvas.clientWidth / 2 / view.scale + 2;
    const halfY = canvas.clientHeight / 2 / view.scale + 2;
    let at = 0;
    for (let i = 0, n = this.data.pictures.count; i < n; i++) {
      if (!moving && (Math.abs(places[4 * i + 2] - view.x) > halfX || Math.abs(places[4 * i + 3] - view.y) > halfY)) continue;
      const first = 4 * i;
      corners[at++] = first;
      corners[at++] = first + 1;
      corners[at++] = first + 2;
      corners[at++] = first + 2;
      corners[at++] = first + 1;
      corners[at++] = first + 3;
    }
    this.gl.bindBuffer(this.gl.ELEMENT_ARRAY_BUFFER, this.elements);
    this.gl.bufferSubData(this.gl.ELEMENT_ARRAY_BUFFER, 0, corners, 0, at);
    return at / 6;
  }

  /** Draw once and wait until it is done; for measurements. Returns milliseconds. */
  measured(): number {
    const started = performance.now();
    this.now();
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - started;
  }

  // ---- what is on the screen, and what it needs

  visible(margin = 0): number[] {
    const halfX = this.canvas.clientWidth / 2 / this.view.scale + margin;
    const halfY = this.canvas.clientHeight / 2 / this.view.scale + margin;
    const found: number[] = [];
    for (let i = 0, n = this.data.pictures.count; i < n; i++) {
      if (Math.abs(this.places[4 * i + 2] - this.view.x) <= halfX && Math.abs(this.places[4 * i + 3] - this.view.y) <= halfY) found.push(i);
    }
    return found;
  }

  /** The picture at a place of the map, the nearest if they overlap; -1 for none. */
  at(x: number, y: number): number {
    const half = this.size * 0.6;
    let best = -1;
    let least = Infinity;
    for (let i = 0, n = this.data.pictures.count; i < n; i++) {
      const dx = Math.abs(this.places[4 * i + 2] - x);
      const dy = Math.abs(this.places[4 * i + 3] - y);
      if (dx > half || dy > half) continue;
      const away = dx * dx + dy * dy + (this.states[i] === FAINT ? 10 : 0);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  /** Load what the present view needs. */
  need(): void {
    const levels = this.data.manifest.levels;
    if (levels[0]) levels[0].sheets.forEach((_, index) => this.wantSheet(0, index));
    const density = Math.min(2, window.devicePixelRatio || 1);
    const pixels = this.size * this.view.scale * density;
    const seen = this.visible(1);
    for (let at = 1; at < levels.length; at++) {
      if (pixels < levels[at].side * 0.5 || (at + 1 < levels.length && pixels > levels[at + 1].side * 1.2)) continue;
      const per = levels[at].columns ** 2;
      const counts = new Map<number, number>();
      for (const i of seen) counts.set(Math.floor(i / per), (counts.get(Math.floor(i / per)) ?? 0) + 1);
      const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, KEPT[at]);
      for (const [index] of ranked) this.wantSheet(at, index);
    }
    if (pixels > 80) {
      const away = (i: number) => (this.places[4 * i + 2] - this.view.x) ** 2 + (this.places[4 * i + 3] - this.view.y) ** 2;
      for (const i of seen.sort((a, b) => away(a) - away(b)).slice(0, this.slotUsed.length)) this.wantThumbnail(i);
    }
  }

  private wantSheet(level: number, index: number): void {
    const key = `${level}/${index}`;
    const there = this.sheets.get(key);
    if (there) {
      there.used = performance.now();
      return;
    }
    if (this.loading.has(key) || this.failed.has(key) || (level > 0 && this.loading.size >= AT_ONCE)) return;
    this.loading.add(key);
    const name = this.data.manifest.levels[level].sheets[index];
    this.fetchPicture(`${this.data.config.sheets}${name}.jpg`)
      .then((bitmap) => this.putSheet(key, level, index, bitmap))
      .catch(() => this.failed.add(key))
      .finally(() => this.done(key));
  }

  private done(key: string): void {
    this.loading.delete(key);
    this.draw();
    if (!this.loading.size) this.need();
  }

  private async fetchPicture(address: string, side = 0): Promise<ImageBitmap> {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const blob = await answer.blob();
    this.loadedBytes += blob.size;
    const asked: ImageBitmapOptions = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
    return createImageBitmap(blob, side ? { ...asked, resizeWidth: side, resizeHeight: side, resizeQuality: "high" } : asked);
  }

  private putSheet(key: string, level: number, index: number, bitmap: ImageBitmap): void {
    let layer = this.free[level].pop();
    if (layer === undefined) {
      const oldest = [...this.sheets.values()].filter((sheet) => sheet.level === level).sort((a, b) => a.used - b.used)[0];
      this.sheets.delete(`${level}/${oldest.index}`);
      this.resident[level * this.residentWidth + oldest.index] = -1;
      layer = oldest.layer;
    }
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.textures[level]);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, bitmap.width, Math.min(bitmap.height, this.heights[level]), 1, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    if (level === 0) gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
    bitmap.close();
    this.sheets.set(key, { level, index, layer, used: performance.now() });
    this.resident[level * this.residentWidth + index] = layer;
    this.writeResident();
  }

  private writeResident(): void {
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.residentTexture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16I, this.residentWidth, 3, 0, gl.RED_INTEGER, gl.SHORT, this.resident);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
  }

  private wantThumbnail(i: number): void {
    const slot = this.slotOf.get(i);
    if (slot !== undefined) {
      this.slotUsed[slot] = performance.now();
      return;
    }
    const key = `t${i}`;
    if (this.loading.has(key) || this.failed.has(key) || this.loading.size >= AT_ONCE) return;
    this.loading.add(key);
    this.data
      .named(i)
      .then((named) => {
        if (!named.digest) throw new Error("no picture");
        return this.fetchPicture(this.data.thumbnail(named), SLOT);
      })
      .then((bitmap) => this.putThumbnail(i, bitmap))
      .catch(() => this.failed.add(key))
      .finally(() => this.done(key));
  }

  private putThumbnail(i: number, bitmap: ImageBitmap): void {
    let slot = 0;
    for (let each = 1; each < this.slotUsed.length; each++) if (this.slotUsed[each] < this.slotUsed[slot]) slot = each;
    for (const [other, of] of this.slotOf) {
      if (of !== slot) continue;
      this.slotOf.delete(other);
      this.setSlot(other, -1);
    }
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.near);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, slot, SLOT, SLOT, 1, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    bitmap.close();
    this.slotOf.set(i, slot);
    this.slotUsed[slot] = performance.now();
    this.setSlot(i, slot);
  }

  private setSlot(i: number, slot: number): void {
    const gl = this.gl;
    this.marks[4 * i + 1] = slot + 1;
    gl.bindTexture(gl.TEXTURE_2D, this.marksTexture);
    const mark = this.marks.subarray(4 * i, 4 * i + 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, i % ACROSS, Math.floor(i / ACROSS), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, mark);
  }
}
