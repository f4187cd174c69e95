// Names while a reviewer types them: fills a list of the browser's own under each field with data-suggest. Without it
// the field takes a name, an identifier or a Wikidata number all the same. In: /suggest?kind=&q=. Out: options such as
// "Raphael (Q5597)", which the server understands.
"use strict";
(() => {
  let number = 0;
  for (const field of document.querySelectorAll("input[data-suggest]")) {
    const list = document.createElement("datalist");
    list.id = `suggested-${(number += 1)}`;
    field.after(list);
    field.setAttribute("list", list.id);
    let waiting = 0;
    let asked = "";
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const text = field.value.trim();
        if (text.length < 2 || text === asked || text.endsWith(")")) return;
        asked = text;
        const query = new URLSearchParams({ kind: field.dataset.suggest, q: text });
        const answer = await fetch(`/suggest?${query}`);
        if (!answer.ok || asked !== text) return;
        list.replaceChildren(
          ...(await answer.json()).map(({ value }) => Object.assign(document.createElement("option"), { value })),
        );
      }, 150);
    });
  }
})();
