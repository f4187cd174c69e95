// A plate, enlarged: OpenSeadragon over the whole window, where it has been built into static/vendor/. Without it, or
// without JavaScript, the link leads to the picture itself. In: the link around a plate. Out: a dialogue that
// zooms with wheel, fingers, double click and the keys + - 0, and closes with Escape.
"use strict";
(() => {
  const link = document.querySelector("figure a.mat[data-zoom]");
  if (!link || typeof OpenSeadragon === "undefined" || !("showModal" in HTMLDialogElement.prototype)) return;
  let dialog;
  const open = () => {
    dialog = document.createElement("dialog");
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
    OpenSeadragon({
      element: place,
      tileSources: { type: "image", url: link.href },
      showNavigationControl: false,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.5,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.6,
    });
    place.querySelector(".openseadragon-canvas")?.focus();
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
  };
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
})();
