// Small words for making elements.

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Partial<Record<string, string | boolean | ((event: Event) => void)>> = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (typeof value === "string") made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

export function by<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found as T;
}

/** A number as people read it. */
export function spelt(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => (typeof values[name] === "number" ? spelt(values[name] as number) : String(values[name] ?? "")));
}
