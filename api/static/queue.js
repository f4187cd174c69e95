// The review queue without waiting: keys, and the next question fetched while one still looks at this one. Everything
// also works as plain forms; whatever the server says against a verdict is shown as its page says it, with all that was
// typed. In: the page /review. Out: the same forms, sent in the background.
"use strict";
(() => {
  const room = () => document.getElementById("queue");
  if (!room()) return;
  const key = () => room().querySelector(".question")?.dataset.key ?? "";
  const filter = () => room().querySelector("#judge [name=filter]")?.value ?? "";
  let ahead = null; // a promise of the page with the next question
  let sending = Promise.resolve();

  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const fetched = async (without) => {
    const query = new URLSearchParams(filter());
    query.set("without", without);
    const answer = await fetch(`/review?${query}`, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    const page = parsed(await answer.text());
    for (const { src } of page.querySelectorAll("#queue img")) new Image().src = src;
    return page;
  };
  const lookAhead = () => {
    ahead = key() ? fetched(key()).catch(() => null) : null;
    return ahead;
  };
  const say = () => {
    const about = room().querySelector(".asking-one .kicker")?.textContent ?? "";
    const what = room().querySelector(".claimed, .queue-done .truth")?.textContent ?? "";
    room().querySelector("#queue-said").textContent = `${about}: ${what}`;
  };
  const show = (page, address) => {
    const next = page.getElementById("queue");
    if (!next) {
      // A page that says what stands in the way: all of it, with its own form.
      document.getElementById("content").replaceChildren(...page.getElementById("content").childNodes);
      window.scrollTo(0, 0);
      return;
    }
    room().replaceWith(document.adoptNode(next));
    room().querySelector("#queue-help").hidden = false;
    if (address) history.replaceState(null, "", address);
    window.scrollTo(0, 0);
    say();
  };
  const refresh = (page) => {
    // The line about the last verdict and the count, from a page that knows of it.
    for (const part of [".queue-last", "#queue-left"]) {
      const [mine, other] = [room()?.querySelector(part), page.querySelector(part)];
      if (mine && other) mine.replaceWith(document.adoptNode(other));
      else if (other && room()) room().querySelector(".queue-top").after(document.adoptNode(other));
    }
  };

  const send = async (form, button) => {
    const body = new URLSearchParams(new FormData(form, button));
    const before = room();
    const address = `/review${filter() ? `?${filter()}` : ""}`;
    before.classList.add("busy");
    const post = fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    const next = (await ahead) ?? null;
    if (next?.getElementById("queue")) show(next, address);
    try {
      const answer = await post;
      if (!answer.ok || answer.redirected) return show(parsed(await answer.text()));
    } catch {
      // Nobody answers: what was chosen and typed is there again.
      before.classList.remove("busy");
      if (room() !== before) room().replaceWith(before);
      before.querySelector("#queue-said").textContent = before.dataset.unheard;
      before.querySelector("#queue-unheard").hidden = false;
      lookAhead();
      return;
    }
    if (next) {
      const after = await lookAhead();
      if (after?.getElementById("queue")) refresh(after.cloneNode(true));
    } else {
      const page = await fetched("").catch(() => null);
      if (page) show(page, address);
      await lookAhead();
    }
  };
  const undo = async (form) => {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    show(parsed(await answer.text()), answer.ok ? answer.url : "");
    lookAhead();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const quick = form.matches("#judge, #skip");  // not form.id, which is the field of that name
    if (!room() || !(quick || form.matches(".queue-last"))) return;
    event.preventDefault();
    const button = event.submitter;
    sending = sending.then(() => {
      // One after the other; a form that has gone since was sent already.
      if (!form.isConnected) return null;
      return quick ? send(form, button?.name ? button : undefined) : undo(form);
    });
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#queue-help")) document.getElementById("queue-keys").showModal();
  });
  document.addEventListener("keydown", (event) => {
    if (!room() || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, select, textarea");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const pressed = event.key.toLowerCase();
    const target =
      pressed === "?"
        ? room().querySelector("#queue-help")
        : pressed === "u"
          ? room().querySelector(".queue-last button")
          : pressed === "g"
            ? room().querySelector("#queue-many")
            : /^[a-z1-9]$/.test(pressed)
              ? room().querySelector(`[data-key="${pressed}"]`)
              : null;
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, select")) target.focus();
    else target.click();
  });
  room().querySelector("#queue-help").hidden = false;
  lookAhead();
})();
