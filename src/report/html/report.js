"use strict";
(function () {
  var parts = Array.prototype.slice.call(document.querySelectorAll(".searchable"));
  var rows = [];
  parts.forEach(function (part) {
    if (part.tagName === "TABLE") {
      rows = rows.concat(Array.prototype.slice.call(part.querySelectorAll("tbody tr")));
    } else {
      rows.push(part);
    }
  });
  document.querySelectorAll(".search, .save").forEach(function (part) { part.hidden = false; });
  var field = document.getElementById("search");
  var hits = document.getElementById("hits");
  field.addEventListener("input", function () {
    var wanted = field.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      var fits = row.textContent.toLowerCase().indexOf(wanted) >= 0;
      row.classList.toggle("hidden", !fits);
      shown += fits ? 1 : 0;
    });
    hits.textContent = wanted ? shown + " of " + rows.length : "";
  });
  function reveal() {
    var found = document.getElementById(location.hash.slice(1));
    if (found && found.tagName === "DETAILS") { found.open = true; found.scrollIntoView(); }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
  document.querySelectorAll("pre.copy").forEach(function (text) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(text.textContent).then(function () { button.textContent = "copied"; });
    });
    text.insertAdjacentElement("afterend", button);
  });
  document.getElementById("save").addEventListener("click", function () {
    var data = new Blob([document.getElementById("document").textContent], { type: "application/json" });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(data);
    link.download = "tfreg-doctor.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
