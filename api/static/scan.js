// Outlines on a scan that lies elsewhere: only the browser can tell how large it is. In: .scan[data-measure] with an
// image, an SVG with rectangles in pixels of the full scan, and data-info where a IIIF image service knows its size.
// Out: the SVG at the right scale, shown. Without JavaScript the scan stands there without outlines.
"use strict";
(() => {
  const show = (svg, width, height) => {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.removeAttribute("hidden");
  };
  const measure = async (scan) => {
    const svg = scan.querySelector("svg");
    const image = scan.querySelector("img");
    if (scan.dataset.info) {
      const answer = await fetch(scan.dataset.info).catch(() => null);
      const info = answer && answer.ok ? await answer.json() : null;
      if (info && info.width && info.height) show(svg, info.width, info.height);
    } else {
      show(svg, image.naturalWidth, image.naturalHeight);
    }
  };
  for (const scan of document.querySelectorAll(".scan[data-measure]")) {
    const image = scan.querySelector("img");
    if (image.complete && image.naturalWidth) measure(scan);
    else image.addEventListener("load", () => measure(scan), { once: true });
  }
})();
