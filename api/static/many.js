// Many pictures, one verdict: says on the buttons how many are chosen, chooses all or none. In: the form of /review/many.
"use strict";
(() => {
  const form = document.getElementById("many");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    for (const button of form.querySelectorAll("[data-said]")) button.textContent = button.dataset.said.replace("{n}", n);
    for (const button of form.querySelectorAll("button[name=verdict]")) button.disabled = n === 0;
  };
  form.querySelector(".many-checks").hidden = false;
  form.addEventListener("change", count);
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-check]");
    if (!button) return;
    for (const box of boxes) box.checked = Boolean(button.dataset.check);
    count();
  });
  // Enter in a field replaces, if a better value stands there; it never says that all are right.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox])")) return;
    event.preventDefault();
    if (form.choice.value) form.querySelector("button[value=replaced]").click();
  });
  count();
})();
