// Forms: ask before a move, send once, warn before leaving with unsaved words. Every form works without this file.
(() => {
  "use strict";
  const ask = document.getElementById("ask");
  const askText = document.getElementById("ask-text");
  const askYes = ask && ask.querySelector('[data-ask="yes"]');
  const askNo = ask && ask.querySelector('[data-ask="no"]');
  let waiting = null;

  function open(form, submitter) {
    waiting = { form, submitter };
    askText.textContent = form.dataset.confirm;
    askYes.textContent = form.dataset.confirmLabel || "确定";
    const grave = submitter && submitter.classList.contains("btn-danger");
    ask.showModal();
    (grave ? askNo : askYes).focus();
  }

  if (ask && ask.showModal) {
    askNo.addEventListener("click", () => ask.close());
    askYes.addEventListener("click", () => {
      const { form, submitter } = waiting;
      ask.close();
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter && submitter.form === form ? submitter : undefined);
    });
    document.addEventListener("submit", (submission) => {
      const form = submission.target;
      if (form.dataset.confirm && form.dataset.confirmed !== "yes") {
        submission.preventDefault();
        open(form, submission.submitter);
      }
    });
  }

  // Send once: a second click within the same page is ignored. Coming back with the back button makes it usable again.
  document.addEventListener("submit", (submission) => {
    const form = submission.target;
    if (submission.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent === "yes") {
      submission.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll("button:not([type=button])").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      delete form.dataset.confirmed;
      form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // Unsaved words: forms marked data-guard.
  const guarded = [...document.querySelectorAll("form[data-guard]")];
  guarded.forEach((form) => {
    form.addEventListener("input", () => { form.dataset.changed = "yes"; });
    form.addEventListener("submit", () => { delete form.dataset.changed; });
  });
  if (guarded.length) {
    window.addEventListener("beforeunload", (leaving) => {
      if (guarded.some((form) => form.dataset.changed === "yes")) leaving.preventDefault();
    });
  }

  // Counters: a text area with maxlength says how many characters are left.
  document.querySelectorAll("textarea[maxlength]").forEach((area) => {
    const limit = Number(area.getAttribute("maxlength"));
    const note = document.createElement("div");
    note.className = "counter";
    const tell = () => { note.textContent = `${area.value.length} / ${limit} 字`; };
    area.addEventListener("input", tell);
    tell();
    area.after(note);
  });

  // The error summary takes the focus, so that a screen reader starts there.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
})();
