// The small map of the whole in a corner: where one is. In: places, colours, the view. Out: a drawing, and a click on
// it moves the view.
import type { Pictures } from "./data";
import type { Layout } from "./layouts";
import type { Scene } from "./scene";
import { FAINT } from "./scene";

export class Mini {
  private base: ImageData | null = null;
  private left = 0;
  private top = 0;
  private scale = 1;

  constructor(private canvas: HTMLCanvasElement, private pictures: Pictures, private scene: Scene, moveTo: (x: number, y: number) => void) {
    const go = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * canvas.width;
      const y = ((event.clientY - box.top) / box.height) * canvas.height;
      moveTo((x - this.left) / this.scale, (y - this.top) / this.scale);
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      canvas.setPointerCapture(event.pointerId);
      go(event);
      canvas.addEventListener("pointermove", go);
    });
    canvas.addEventListener("pointerup", () => canvas.removeEventListener("pointermove", go));
  }

  arrange(layout: Layout): void {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!pen) return;
    const { width, height } = this.canvas;
    this.scale = Math.min((width - 8) / layout.width, (height - 8) / layout.height);
    this.left = (width - layout.width * this.scale) / 2;
    this.top = (height - layout.height * this.scale) / 2;
    const image = pen.createImageData(width, height);
    const side = Math.max(1, Math.round(this.scale * 0.9));
    const { colours, count } = this.pictures;
    for (let i = 0; i < count; i++) {
      const [px, py] = [Math.round(this.left + layout.x[i] * this.scale - side / 2), Math.round(this.top + layout.y[i] * this.scale - side / 2)];
      const alpha = this.scene.states[i] === FAINT ? 34 : 255;
      for (let y = Math.max(0, py); y < Math.min(height, py + side); y++) {
        for (let x = Math.max(0, px); x < Math.min(width, px + side); x++) {
          const at = 4 * (y * width + x);
          if (image.data[at + 3] > alpha) continue;
          image.data[at] = colours[3 * i];
          image.data[at + 1] = colours[3 * i + 1];
          image.data[at + 2] = colours[3 * i + 2];
          image.data[at + 3] = alpha;
        }
      }
    }
    this.base = image;
    this.draw();
  }

  draw(): void {
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!pen || !this.base) return;
    pen.putImageData(this.base, 0, 0);
    const { view, canvas, fit } = this.scene;
    this.canvas.hidden = view.scale < fit * 1.15;
    const wide = (canvas.clientWidth / view.scale) * this.scale;
    const high = (canvas.clientHeight / view.scale) * this.scale;
    pen.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--accent");
    pen.lineWidth = 1.5;
    pen.strokeRect(this.left + view.x * this.scale - wide / 2, this.top + view.y * this.scale - high / 2, wide, high);
  }
}
