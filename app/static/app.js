// What every page may use: keys, drafts, and following a ticket live. Pages work without it.
"use strict";

// `/` goes to the search field, `n` to the form.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const wanted = { "/": "[data-key-search]", n: "[data-key-new]" }[event.key];
  const target = wanted && document.querySelector(wanted);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.focus();
  else target.click();
});

// An open menu closes when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const summary = document.getElementById("error-summary");
if (summary) summary.focus();

// The demo's phone follows its texts. It looks once more when the stream opens: a text that left
// between the page and the stream was told to nobody.
async function refreshTexts() {
  const texts = document.querySelector("[data-live-texts]");
  if (!texts) return;
  const answer = await fetch(texts.dataset.liveTexts);
  if (!answer.ok) return;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  texts.replaceWith(holder.content.firstElementChild);
  scrollToNewest();
}
document.addEventListener("live:message", (event) => {
  const texts = document.querySelector("[data-live-texts]");
  if (texts && event.detail.phone === texts.dataset.phone) refreshTexts();
});
document.addEventListener("live:state", (event) => {
  if (event.detail === "open") refreshTexts();
});
function scrollToNewest() {
  const texts = document.querySelector("[data-live-texts]");
  if (texts) texts.scrollTop = texts.scrollHeight;
}
scrollToNewest();

// A draft stays on this machine until the page that says it was filed.
const done = document.querySelector("[data-draft-done]");
try {
  if (done) localStorage.removeItem(`draft:${done.dataset.draftDone}`);
} catch {
  // No storage, no draft.
}
for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);

function keepDraft(form) {
  const name = `draft:${form.dataset.draft}`;
  const skipped = new Set(["csrf_token", "key", "action", "version", "seen"]);
  const fields = () =>
    [...form.elements].filter((field) => field.name && field.type !== "file" && !skipped.has(field.name));
  const isRefused = Boolean(document.getElementById("error-summary"));
  const note = form.querySelector("[data-draft-note]");
  const showNote = () => note && (note.hidden = false);
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem(name) || "{}");
  } catch {
    // A damaged or forbidden store: the form works without it.
  }
  if (!isRefused && saved.values) restore();

  function restore() {
    for (const field of fields()) {
      if (!(field.name in saved.values)) continue;
      const value = saved.values[field.name];
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else if (!field.value || field.tagName !== "INPUT" || value) field.value = value;
    }
    showNote();
  }

  let timer = 0;
  const save = () => {
    const values = {};
    for (const field of fields()) {
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
      if (field.value) values[field.name] = field.value;
    }
    try {
      localStorage.setItem(name, JSON.stringify({ values, key: form.dataset.draftKey }));
      showNote();
    } catch {
      // Full or forbidden: nothing to keep it in.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    save();
  });
}

// Twice on the button is once; the server would know anyway by the form's key.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method !== "post" || !button) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A phone's photo is several megabytes: shrink it before it travels over a weak network.
for (const input of document.querySelectorAll("input[data-shrink]")) {
  input.addEventListener("change", () => shrink(input));
}
async function shrink(input) {
  const side = 2000;
  const made = new DataTransfer();
  for (const file of input.files) {
    let smaller = file;
    if (/^image\/(jpeg|png|webp)$/.test(file.type) && file.size > 400_000) {
      try {
        smaller = await shrunk(file, side);
      } catch {
        // The server takes the original.
      }
    }
    made.items.add(smaller.size < file.size ? smaller : file);
  }
  input.files = made.files;
}
async function shrunk(file, side) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" });
}

// A part that is fetched anew keeps what was typed and opened in it, and says what has changed.
const typed = new Map();
const opened = new Map();
document.addEventListener("input", (event) => {
  if (event.target.id && event.target.closest("[data-live-part]")) typed.set(event.target.id, event.target.value);
});
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id && event.target.closest("[data-live-part]")) opened.set(event.target.id, event.target.open);
  },
  true,
);
const headline = () => document.querySelector(".answer-line")?.textContent.trim() || "";
let told = headline();
new MutationObserver((changes) => {
  const isRenewed = changes.some((change) =>
    [...change.addedNodes].some((node) => node.nodeType === 1 && node.matches("[data-live-part]")),
  );
  if (!isRenewed) return;
  for (const [id, isOpen] of opened) {
    const part = document.getElementById(id);
    if (part) part.open = isOpen;
  }
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field && !field.value) field.value = value;
  }
  if (headline() === told) return;
  told = headline();
  document.getElementById("announcer").textContent = told;
}).observe(document.getElementById("main"), { childList: true, subtree: true });
