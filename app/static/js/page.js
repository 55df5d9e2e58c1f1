// Small comforts of the page: copy buttons, upload boxes, the print button, the side menu of browsers that cannot open it from CSS.
(() => {
  "use strict";

  document.querySelectorAll("[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("[data-copy-label]");
    if (!source) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      source.select();
      try {
        await navigator.clipboard.writeText(source.value);
        label.textContent = "已复制";
      } catch {
        label.textContent = "请按 Ctrl+C";
      }
      setTimeout(() => { label.textContent = "复制"; }, 3000);
    });
  });

  document.querySelectorAll("[data-upload]").forEach((box) => {
    const input = box.querySelector("input[type=file]");
    const name = box.querySelector("[data-upload-name]");
    if (!input) return;
    const tell = () => {
      name.textContent = [...input.files].map((file) => `${file.name}（${Math.max(1, Math.round(file.size / 1024))} KB）`).join("，");
    };
    input.addEventListener("change", tell);
    ["dragover", "dragleave", "drop"].forEach((kind) => box.addEventListener(kind, (drag) => {
      drag.preventDefault();
      box.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop" && drag.dataTransfer.files.length) {
        input.files = drag.dataTransfer.files;
        tell();
      }
    }));
  });

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = [...document.querySelectorAll("a[data-key]")].find((one) => one.dataset.key === event.key);
    if (link) link.click();
  });

  const wide = window.matchMedia("(min-width: 62rem)");
  document.querySelectorAll(".side details").forEach((menu) => {
    if (!CSS.supports("selector(::details-content)")) {
      const settle = () => { menu.open = wide.matches; };
      wide.addEventListener("change", settle);
      settle();
    }
  });
})();
