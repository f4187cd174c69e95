// The query page with YASGUI, where it has been built into static/vendor/. Without it, or without JavaScript, the
// plain form of the page does the same. In: the form and its text area. Out: an editor in its place, asking /sparql.
"use strict";
(() => {
  const form = document.getElementById("plain");
  const place = document.getElementById("yasgui");
  const area = document.getElementById("query");
  if (!form || !place || !area || typeof Yasgui === "undefined") return;
  Yasgui.Yasqe.defaults.autocompleters = ["variables"]; // the others would ask other sites
  const prefixes = JSON.parse(place.dataset.prefixes); // ours, not fetched from elsewhere
  Yasgui.Yasr.defaults.prefixes = prefixes;
  // Numbers without their data types at first; who unticks "Simple view" sees them.
  const Table = Yasgui.Yasr.plugins?.table;
  if (Table) {
    Yasgui.Yasr.plugins.table = class extends Table {
      constructor(...given) {
        super(...given);
        this.persistentConfig = { compact: true };
      }
    };
  }
  // Whatever address the service has just now, its entities are found at it.
  const here = (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && link.href.startsWith(prefixes.id)) link.href = `/id/${link.href.slice(prefixes.id.length)}`;
  };
  for (const moment of ["pointerdown", "click", "focusin"]) place.addEventListener(moment, here, true);
  const yasgui = new Yasgui(place, {
    persistenceId: null,
    populateFromUrl: false, // done below, once
    requestConfig: { endpoint: `${location.origin}/sparql`, method: "POST" },
    copyEndpointOnNewTab: true,
  });
  const tab = yasgui.getTab() || yasgui.addTab(true);
  tab.setQuery(area.value);
  for (const hidden of document.querySelectorAll("#yasgui .CodeMirror textarea")) {
    hidden.setAttribute("aria-label", "SPARQL"); // the editor leaves it without a name
  }
  form.hidden = true;
  const plain = document.getElementById("answer");
  if (plain) {
    plain.hidden = true;
    tab.getYasqe().query();
  }
  for (const link of document.querySelectorAll(".examples a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      tab.setQuery(new URL(link.href).searchParams.get("query"));
      tab.getYasqe().query();
      place.scrollIntoView({ block: "nearest" });
    });
  }
})();
