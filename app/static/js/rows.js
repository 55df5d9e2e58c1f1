// Repeatable rows (components/rows.html): add a line, drop a line. Names and ids carry the line's number: name-3-column.
(() => {
  "use strict";

  function renumber(line, base, number) {
    const pattern = new RegExp(`^${base}-\\d+-`);
    line.querySelectorAll("[name], [id], [for]").forEach((element) => {
      ["name", "id", "for"].forEach((attribute) => {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(pattern, `${base}-${number}-`));
      });
      const spoken = element.getAttribute("aria-label");
      if (spoken) element.setAttribute("aria-label", spoken.replace(/第 \d+ 行/, `第 ${number + 1} 行`));
    });
    const drop = line.querySelector("[data-row-drop]");
    if (drop) drop.setAttribute("aria-label", `删去第 ${number + 1} 行`);
  }

  function empty(line) {
    line.querySelectorAll("input:not([type=hidden]), textarea, select").forEach((input) => {
      input.value = "";
      input.classList.remove("is-invalid");
    });
    line.querySelectorAll(".field-error").forEach((error) => error.remove());
  }

  document.querySelectorAll("[data-rows]").forEach((box) => {
    const base = box.dataset.rows;
    const most = Number(box.dataset.rowsMax);
    const end = box.querySelector("[data-rows-end]");
    const add = box.querySelector("[data-row-add]");
    const lines = () => [...box.querySelectorAll("[data-row]")];
    const settle = () => {
      lines().forEach((line, number) => renumber(line, base, number));
      add.disabled = lines().length >= most;
    };

    if (!lines().length) return;
    end.hidden = false;
    box.querySelectorAll("[data-row-drop]").forEach((button) => { button.hidden = false; });
    add.addEventListener("click", () => {
      const all = lines();
      const fresh = all[all.length - 1].cloneNode(true);
      empty(fresh);
      all[all.length - 1].after(fresh);
      settle();
      fresh.querySelector("input, textarea, select").focus();
    });
    box.addEventListener("click", (click) => {
      const button = click.target.closest("[data-row-drop]");
      if (!button) return;
      const line = button.closest("[data-row]");
      if (lines().length === 1) empty(line);
      else line.remove();
      settle();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
})();
