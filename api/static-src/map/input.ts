// Hands on the map: mouse, touch, pen and keys. In: events of the stage. Out: calls that move the view, point at a
// picture, open or choose it, draw around some.
import type { Scene } from "./scene";

export interface Hands {
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  point(i: number, x: number, y: number): void;
  open(i: number): void;
  choose(i: number): void;
  step(dx: number, dy: number): void;
  drawn(points: [number, number][], way: "add" | "remove" | "replace"): void;
  key(name: string): boolean;
}

export type Tool = "move" | "lasso" | "box";

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Input {
  tool: Tool = "move";
  private fingers = new Map<number, [number, number]>();
  private outline: [number, number][] = [];
  private travelled = 0;
  private apart = 0;

  constructor(private stage: HTMLElement, private scene: Scene, private path: SVGPathElement, private hands: Hands) {
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      const step = event.deltaMode === 1 ? 30 : 1;
      hands.zoom(Math.exp(-event.deltaY * step * (event.ctrlKey ? 0.01 : 0.0016)), ...this.inside(event));
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.lift(event));
    stage.addEventListener("pointerleave", () => hands.point(-1, 0, 0));
    stage.addEventListener("dblclick", (event) => {
      if (this.on(event)) hands.zoom(2, ...this.inside(event));
    });
    stage.addEventListener("keydown", (event) => this.key(event));
  }

  private on(event: Event): boolean {
    return event.target === this.stage || event.target === this.scene.canvas;
  }

  private inside(event: MouseEvent): [number, number] {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  world(x: number, y: number): [number, number] {
    const { view, canvas } = this.scene;
    return [(x - canvas.clientWidth / 2) / view.scale + view.x, (y - canvas.clientHeight / 2) / view.scale + view.y];
  }

  private down(event: PointerEvent): void {
    if (!this.on(event) || event.button > 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.inside(event));
    this.travelled = this.fingers.size > 1 ? 99 : 0;
    this.apart = 0;
    this.outline = this.tool === "move" || this.fingers.size > 1 ? [] : [this.inside(event)];
    if (this.tool === "move") this.stage.classList.add("moving");
  }

  private move(event: PointerEvent): void {
    const now = this.inside(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (this.on(event) && event.pointerType !== "touch") this.hands.point(this.scene.at(...this.world(...now)), ...now);
      return;
    }
    this.fingers.set(event.pointerId, now);
    this.travelled += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
    if (this.fingers.size === 2) {
      const [[ax, ay], [bx, by]] = [...this.fingers.values()];
      const apart = Math.hypot(ax - bx, ay - by);
      if (this.apart) this.hands.zoom(apart / this.apart, (ax + bx) / 2, (ay + by) / 2);
      this.apart = apart;
      this.hands.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else if (this.outline.length) {
      if (this.tool === "box") {
        const [x, y] = this.outline[0];
        this.outline = [[x, y], [now[0], y], now, [x, now[1]]];
      } else this.outline.push(now);
      this.path.setAttribute("d", `M${this.outline.map(([x, y]) => `${x} ${y}`).join("L")}Z`);
    } else if (this.travelled > 3) this.hands.pan(now[0] - before[0], now[1] - before[1]);
  }

  private up(event: PointerEvent): void {
    const there = this.fingers.has(event.pointerId);
    const way = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
    if (there && this.travelled <= 4) {
      const i = this.scene.at(...this.world(...this.inside(event)));
      if (i >= 0 && (event.shiftKey || event.ctrlKey || event.metaKey)) this.hands.choose(i);
      else this.hands.open(i);
    } else if (there && this.outline.length > 2) this.hands.drawn(this.outline.map(([x, y]) => this.world(x, y)), way);
    this.lift(event);
  }

  private lift(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.apart = 0;
    this.outline = [];
    this.path.removeAttribute("d");
    this.stage.classList.remove("moving");
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    const { clientWidth, clientHeight } = this.scene.canvas;
    if (step && event.shiftKey) this.hands.pan(-step[0] * 80, -step[1] * 80);
    else if (step) this.hands.step(...step);
    else if (event.key === "+" || event.key === "=") this.hands.zoom(1.4, clientWidth / 2, clientHeight / 2);
    else if (event.key === "-") this.hands.zoom(1 / 1.4, clientWidth / 2, clientHeight / 2);
    else if (!this.hands.key(event.key)) return;
    event.preventDefault();
  }
}

/** Whether a point lies in a polygon (even-odd rule). */
export function within(points: [number, number][], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xi, yi] = points[i];
    const [xj, yj] = points[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
