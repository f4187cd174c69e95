// A picture, enlarged: OpenSeadragon over the whole window, where it has been built into static/vendor/. Without it, or
// without JavaScript, the link leads to the picture itself. In: links with data-zoom around a picture, with data-info
// where a IIIF image service has it in tiles; beside one, an SVG with what is outlined on it. Out: a dialogue that zooms
// with wheel, fingers, double click and the keys + - 0, and closes with Escape.
"use strict";
(() => {
  if (typeof OpenSeadragon === "undefined" || !("showModal" in HTMLDialogElement.prototype)) return;
  const outline = (viewer, svg) => {
    const size = viewer.world.getItemAt(0).getContentSize();
    const shown = svg.cloneNode(true);
    shown.removeAttribute("hidden");
    shown.setAttribute("viewBox", `0 0 ${size.x} ${size.y}`);
    viewer.addOverlay({ element: shown, location: new OpenSeadragon.Rect(0, 0, 1, size.y / size.x) });
  };
  const open = (link) => {
    const dialog = document.createElement("dialog");
    dialog.className = "zoom";
    dialog.setAttribute("aria-label", link.querySelector("img").alt);
    const place = document.createElement("div");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = link.dataset.close;
    close.addEventListener("click", () => dialog.close());
    dialog.append(place, close);
    document.body.append(dialog);
    dialog.showModal();
    const viewer = OpenSeadragon({
      element: place,
      tileSources: link.dataset.info || { type: "image", url: link.href },
      showNavigationControl: false,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.5,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.6,
    });
    const svg = link.parentElement.querySelector(":scope > svg");
    if (svg) viewer.addHandler("open", () => outline(viewer, svg));
    // A service that does not answer scripts of other sites may still show its picture.
    viewer.addHandler("open-failed", () => {
      const plain = link.querySelector("img").currentSrc;
      if (link.dataset.info && plain) {
        delete link.dataset.info;
        viewer.open({ type: "image", url: plain });
      }
    });
    place.querySelector(".openseadragon-canvas")?.focus();
    dialog.addEventListener("close", () => {
      viewer.destroy();
      dialog.remove();
      link.focus();
    });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-zoom]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
})();
