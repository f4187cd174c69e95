// Names while a reviewer types them: fills a list of the browser's own under each field with data-suggest, also under
// those that come later. Without it the field takes a name, an identifier or a Wikidata number all the same. In:
// /suggest?kind=&q=. Out: options such as "Raphael (Q5597)", which the server understands.
"use strict";
(() => {
  let number = 0;
  const listOf = (field) => {
    if (field.list) return field.list;
    const list = document.createElement("datalist");
    list.id = `suggested-${(number += 1)}`;
    field.after(list);
    field.setAttribute("list", list.id);
    return list;
  };
  let waiting = 0;
  let asked = "";
  const suggest = async (field) => {
    const text = field.value.trim();
    if (text.length < 2 || text === asked || text.endsWith(")")) return;
    asked = text;
    const query = new URLSearchParams({ kind: field.dataset.suggest, q: text });
    const answer = await fetch(`/suggest?${query}`);
    if (!answer.ok || asked !== text) return;
    listOf(field).replaceChildren(
      ...(await answer.json()).map(({ value }) => Object.assign(document.createElement("option"), { value })),
    );
  };
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.("input[data-suggest]")) listOf(target);
  });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("input[data-suggest]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(target), 150);
  });
})();
