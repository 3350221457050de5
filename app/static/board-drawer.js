// The drawer over the board: a ticket with its candidates, and asking for a new plan.
"use strict";

(() => {
  const { words } = Board;
  const drawer = document.getElementById("drawer");
  let number = 0;
  let from = null;
  let asked = 0;

  const address = (one) => `${document.getElementById(`row-${one}`)?.querySelector("a").getAttribute("href") || `/board/tickets/${one}`}`;

  async function load(one, { assign = false, keepFocus = false } = {}) {
    const mine = ++asked;
    let answer;
    try {
      answer = await fetch(address(one), { headers: { "X-Requested-With": "fetch" } });
    } catch {
      return notice(words.failed);
    }
    if (mine !== asked) return undefined;
    if (answer.redirected) return location.reload();
    if (!answer.ok) return answer.status === 404 ? close() : notice(words.failed);
    show(await answer.text());
    if (assign) (drawer.querySelector(".assign button:not(:disabled)") || drawer.querySelector("h2")).focus();
    else if (!keepFocus) drawer.querySelector("h2").focus({ preventScroll: true });
    return undefined;
  }

  function show(html) {
    drawer.innerHTML = html;
    drawer.setAttribute("aria-labelledby", "sheet-title");
    drawer.hidden = false;
    drawer.scrollTop = 0;
    mark(number);
  }

  function mark(one) {
    for (const row of document.querySelectorAll("a.row[aria-current]")) row.removeAttribute("aria-current");
    document.getElementById(`row-${one}`)?.querySelector("a").setAttribute("aria-current", "true");
    document.dispatchEvent(new CustomEvent("board:selected", { detail: one }));
  }

  function close() {
    asked++;
    if (drawer.hidden) return;
    const hadFocus = drawer.contains(document.activeElement);
    drawer.hidden = true;
    drawer.replaceChildren();
    const row = document.getElementById(`row-${number}`)?.querySelector("a");
    number = 0;
    if (hadFocus) (from?.isConnected ? from : row)?.focus({ preventScroll: true });
    mark(0);
  }

  function notice(text) {
    let box = drawer.querySelector(".sheet-notice");
    if (!box) {
      box = document.createElement("p");
      box.setAttribute("role", "alert");
      drawer.querySelector(".sheet-head")?.after(box) ?? drawer.append(box);
    }
    box.className = "sheet-notice is-late";
    box.textContent = text;
    drawer.hidden = false;
  }

  document.addEventListener("board:open", (event) => {
    const detail = event.detail;
    const isSame = detail.number === number && !drawer.hidden;
    number = detail.number;
    from = detail.from || null;
    if (!isSame) {
      const waits = document.createElement("p");
      waits.className = "drawer-waits";
      waits.textContent = words.loading;
      if (drawer.hidden) drawer.replaceChildren(waits);
      drawer.hidden = false;
    }
    mark(number);
    load(number, detail);
  });

  drawer.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !drawer.hidden && !document.getElementById("keys").open) close();
  });

  drawer.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const buttons = [...drawer.querySelectorAll("button:not(:disabled)")];
    buttons.forEach((button) => { button.disabled = true; });
    const mine = ++asked;
    try {
      const answer = await Live.post(form.action, new FormData(form, event.submitter));
      if (answer.redirected) return location.reload();
      if (![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
      Board.want([number]);
      if (mine !== asked) return undefined;
      show(await answer.text());
      const target = drawer.querySelector("[data-focus]") || drawer.querySelector("h2");
      target.focus({ preventScroll: target.matches("h2") });
    } catch {
      buttons.forEach((button) => { button.disabled = false; });
      notice(words.failed);
    }
    return undefined;
  });

  // Somebody else changed the open ticket: shown at once, unless that would take away what is written.
  document.addEventListener("board:tickets", (event) => {
    if (drawer.hidden || !event.detail.numbers.includes(number)) return;
    const ticket = Board.tickets.get(number);
    const sheet = drawer.querySelector(".sheet");
    if (!ticket || !sheet || Number(sheet.dataset.version) >= ticket.version) return;
    const isWriting = [...drawer.querySelectorAll("input.form-control")].some((input) => input.value);
    if (isWriting || drawer.querySelector("details[open]")) return;
    const focused = drawer.contains(document.activeElement);
    load(number, { keepFocus: !focused });
  });

  // A link from another page names the ticket that shall lie open.
  const wanted = Number(new URLSearchParams(location.search).get("ticket"));
  if (Number.isSafeInteger(wanted) && wanted > 0) {
    Board.open(wanted);
    document.getElementById(`row-${wanted}`)?.scrollIntoView({ block: "nearest" });
  }

  // Asking for a new plan -------------------------------------------------------------------
  const form = document.getElementById("replan");
  const state = document.getElementById("replan-state");
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  let hideTimer = 0;

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    clearTimeout(hideTimer);
    try {
      const answer = await Live.post(form.action, new FormData(form));
      if (!answer.ok) throw new Error(String(answer.status));
      await follow((await answer.json()).progress);
    } catch {
      say(words.failed);
    }
    button.disabled = false;
    hideTimer = setTimeout(() => { state.hidden = true; }, 12_000);
  });

  async function follow(progress) {
    for (let asks = 0; asks < 180; asks++) {
      const answer = await fetch(progress);
      if (!answer.ok) throw new Error(String(answer.status));
      const run = await answer.json();
      say(run.words, !run.is_finished);
      if (run.is_finished) return;
      await pause(700);
    }
  }
  function say(text, isRunning = false) {
    state.hidden = false;
    state.classList.toggle("is-running", isRunning);
    if (state.textContent !== text) state.textContent = text;
  }
})();
