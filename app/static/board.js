// The board's heart: what is known of every ticket, patched live; filters, keys and the clock.
// board-map.js and board-drawer.js listen to its events on document: board:tickets, board:people,
// board:filter, board:open.
"use strict";

window.Board = (() => {
  const data = JSON.parse(document.getElementById("board-data").textContent);
  const words = data.words;
  const head = document.querySelector(".board-head");
  const rows = document.getElementById("rows");
  const tickets = new Map(data.tickets.map((ticket) => [ticket.number, ticket]));
  const people = new Map(data.people.map((person) => [person.id, person]));
  // The tickets' clock may be shifted against the machine's; ours is the server's.
  let offset = data.now * 1000 - Date.now();
  let filter = "all";

  const now = () => (Date.now() + offset) / 1000;
  const tell = (kind, detail) => document.dispatchEvent(new CustomEvent(`board:${kind}`, { detail }));
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
  const announce = (text) => {
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = text;
  };
  const isLate = (ticket) => ticket.runs && ticket.target !== null && ticket.target < now();
  const FILTERS = {
    all: () => true,
    open: (ticket) => ticket.group === "open",
    field: (ticket) => ticket.group === "field",
    late: isLate,
    call: (ticket) => ticket.call,
    done: (ticket) => ticket.group === "done",
  };
  const isShown = (ticket) => FILTERS[filter](ticket);

  // Times -----------------------------------------------------------------------------------
  function span(seconds) {
    const minutes = Math.max(0, Math.round(Math.abs(seconds) / 60));
    if (minutes < 60) return fill(words.minutes, { m: minutes });
    if (minutes < 24 * 60) {
      const [h, m] = [Math.floor(minutes / 60), minutes % 60];
      return m ? fill(words.both, { h, m: String(m).padStart(2, "0") }) : fill(words.hours, { h });
    }
    return fill(words.days, { d: Math.round(minutes / 60 / 24) });
  }
  const remaining = (target) =>
    fill(target >= now() ? words.left : words.over, { span: span(target - now()) });

  function tick() {
    for (const time of document.querySelectorAll("time[data-target]")) {
      const target = Number(time.dataset.target);
      setText(time, remaining(target));
      const left = target - now();
      if (left < 0) time.className = "row-target is-late";
      else if (left < 3600 && time.classList.contains("is-in-time")) time.className = "row-target is-soon";
      const row = time.closest("li");
      if (row && left < 0) row.dataset.late = "yes";
    }
    for (const time of document.querySelectorAll("time[data-seen]")) {
      setText(time, span(now() - Number(time.dataset.seen)));
    }
    moveNowLine();
    count();
  }
  const setText = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  function moveNowLine() {
    const line = document.getElementById("now-line");
    if (!line) return;
    const [first, last] = data.day.hours.split("-").map(Number);
    // Offices of one time zone: local midnight is the server's date at +07:00.
    const midnight = Date.parse(`${data.day.on}T00:00:00+07:00`) / 1000;
    const share = (100 * (now() - midnight - first * 3600)) / ((last - first) * 3600);
    const x = `${Math.min(100, Math.max(0, share)).toFixed(3)}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    document.getElementById("now-dot").setAttribute("cx", x);
  }

  function count() {
    for (const button of document.querySelectorAll("[data-filter].figure")) {
      const number = [...tickets.values()].filter(FILTERS[button.dataset.filter]).length;
      setText(button.querySelector("b"), String(number));
      button.classList.toggle("is-zero", number === 0);
    }
    const shown = [...tickets.values()].filter(isShown).length;
    setText(document.getElementById("queue-count"), String(shown));
    document.getElementById("nothing").hidden = shown > 0;
    setText(document.getElementById("nothing-title"), filter === "all" ? words.nothing : words.none);
    document.getElementById("nothing-hint").hidden = filter !== "all";
  }

  // Patching --------------------------------------------------------------------------------
  const parse = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  };

  function putRow(ticket) {
    const before = document.getElementById(`row-${ticket.number}`);
    const fresh = parse(ticket.html);
    const hadFocus = before?.contains(document.activeElement);
    if (before?.querySelector("[aria-current]")) fresh.querySelector("a").setAttribute("aria-current", "true");
    if (before) markFresh(fresh);
    // Where the focus is, the row is patched in its place first and moved only when it must.
    if (before && before.dataset.order === fresh.dataset.order) before.replaceWith(fresh);
    else {
      before?.remove();
      const next = [...rows.children].find((row) => row.dataset.order > fresh.dataset.order);
      rows.insertBefore(fresh, next || null);
      markFresh(fresh);
    }
    if (hadFocus) fresh.querySelector("a").focus({ preventScroll: true });
  }
  function markFresh(row) {
    row.classList.add("is-fresh");
    setTimeout(() => row.classList.remove("is-fresh"), 4000);
  }

  function dropRow(number) {
    const row = document.getElementById(`row-${number}`);
    if (!row) return;
    const neighbour = row.nextElementSibling || row.previousElementSibling;
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    if (hadFocus) neighbour?.querySelector("a").focus({ preventScroll: true });
  }

  function putLine(line) {
    const before = document.getElementById(`line-${line.id}`);
    if (!before) return;
    const fresh = parse(line.html);
    const focused = before.contains(document.activeElement)
      ? document.activeElement.getAttribute("data-number") : null;
    before.replaceWith(fresh);
    if (focused) (fresh.querySelector(`[data-number="${focused}"]`) || fresh.querySelector("a"))?.focus({ preventScroll: true });
  }

  function patch(changes) {
    offset = changes.now * 1000 - Date.now();
    if (changes.day.on !== data.day.on) return location.reload();
    const said = [];
    for (const ticket of changes.tickets) {
      const before = tickets.get(ticket.number);
      if (before && before.version > ticket.version) continue;
      if (!before || before.status !== ticket.status) {
        said.push(fill(words.changed, { code: ticket.code, status: ticket.status }));
      }
      tickets.set(ticket.number, ticket);
      putRow(ticket);
    }
    for (const number of changes.gone) {
      const before = tickets.get(number);
      if (!before) continue;
      said.push(fill(words.gone, { code: before.code }));
      tickets.delete(number);
      dropRow(number);
    }
    for (const person of changes.people) people.set(person.id, person);
    changes.lines.forEach(putLine);
    tick();
    if (said.length) announce(said.slice(0, 3).join(". "));
    tell("tickets", { numbers: [...changes.tickets.map((ticket) => ticket.number), ...changes.gone] });
    tell("people");
    return undefined;
  }

  const waiting = new Set();
  let timer = 0;
  let isFetching = false;
  async function refresh() {
    if (isFetching || !waiting.size) return;
    isFetching = true;
    const numbers = [...waiting].slice(0, 200);
    numbers.forEach((number) => waiting.delete(number));
    const url = new URL(head.dataset.changes, location.href);
    url.searchParams.set("numbers", numbers.join(","));
    url.searchParams.set("hours", data.day.hours);
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok) throw new Error(String(answer.status));
      if (answer.redirected) return location.reload();
      patch(await answer.json());
    } catch {
      numbers.forEach((number) => waiting.add(number));
      setTimeout(refresh, 3000);
      return undefined;
    } finally {
      isFetching = false;
    }
    if (waiting.size) refresh();
    return undefined;
  }
  function want(numbers) {
    numbers.forEach((number) => waiting.add(number));
    clearTimeout(timer);
    // One action writes several events: they are answered by one request.
    timer = setTimeout(refresh, 120);
  }

  document.addEventListener("live:ticket", (event) => want([event.detail.number]));
  document.addEventListener("live:back", () => want([...tickets.keys()]));
  document.addEventListener("live:reset", () => location.reload());
  document.addEventListener("live:state", (event) => {
    const state = document.getElementById("live-state");
    state.dataset.state = event.detail;
    setText(state.querySelector("span"), { open: words.live, lost: words.lost, closed: words.closed }[event.detail]);
  });

  // Filters ---------------------------------------------------------------------------------
  head.addEventListener("click", (event) => {
    const button = event.target.closest("[data-filter]");
    if (!button) return;
    filter = button.dataset.filter === filter ? "all" : button.dataset.filter;
    for (const other of head.querySelectorAll("[data-filter]")) {
      other.setAttribute("aria-pressed", String(other.dataset.filter === filter));
    }
    rows.dataset.filter = filter;
    count();
    tell("filter");
  });

  // Opening and keys ------------------------------------------------------------------------
  const open = (number, options = {}) => tell("open", { number, ...options });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.row, a.bar");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(Number(link.closest("[data-number]").getAttribute("data-number")), { from: link });
  });

  const visible = () => [...rows.querySelectorAll("a.row")].filter((link) => link.offsetParent !== null);
  function step(by) {
    const links = visible();
    if (!links.length) return;
    const current = rows.querySelector("a.row:focus, a.row[aria-current]");
    const at = links.indexOf(current);
    const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    if (!document.getElementById("drawer").hidden) open(numberOf(next), { from: next, keepFocus: true });
  }
  const numberOf = (link) => Number(link.closest("[data-number]").dataset.number);

  const keys = document.getElementById("keys");
  document.getElementById("keys-open").addEventListener("click", () => keys.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") keys.showModal();
    else if (event.key === "a") {
      const link = rows.querySelector("a.row:focus") || rows.querySelector("a.row[aria-current]") || visible()[0];
      if (link) open(numberOf(link), { from: link, assign: true });
    } else return;
    event.preventDefault();
  });

  setInterval(tick, 15_000);
  return { data, words, tickets, people, now, fill, span, remaining, isLate, isShown, announce, open, want, tick };
})();
