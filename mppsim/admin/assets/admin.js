// Convenience only: the pages do everything without it.
"use strict";

const form = document.getElementById("voice");

// What has been changed and not submitted is said beside the button, and before the page is left.
if (form) {
  const said = document.getElementById("unsaved");
  const changed = new Set();

  const isChanged = (control) => {
    if (control.type === "checkbox") return control.checked !== control.defaultChecked;
    if (control.tagName === "SELECT")
      return [...control.options].some((option) => option.selected !== option.defaultSelected);
    return control.value !== control.defaultValue;
  };
  const say = () => {
    const count = changed.size;
    said.textContent = count ? `${count} unsaved ${count === 1 ? "change" : "changes"}` : "";
  };
  form.addEventListener("input", (event) => {
    if (isChanged(event.target)) changed.add(event.target);
    else changed.delete(event.target);
    say();
  });
  form.addEventListener("reset", () => {
    changed.clear();
    say();
  });
  form.addEventListener("submit", () => changed.clear());
  window.addEventListener("beforeunload", (event) => {
    if (changed.size) event.preventDefault();
  });
}

// Whoever was told of a fault begins there.
document.querySelector(".notice.fault")?.focus();
