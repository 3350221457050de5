// Following live: one EventSource for a page, shared by everything on it.
//
// Declare it on <body> or any element:
//   <div data-live="/stream?ticket=1042&after=318">
// and listen:
//   document.addEventListener("live:ticket", (event) => event.detail.number …)
//   also live:message, live:signal, live:world, live:reset (reload), live:state (detail: open, lost, closed),
//   live:back (was lost and is open again).
// htmx hears the same: hx-trigger="live:ticket from:body".
// An element <… data-live-part="/tickets/1042/live" data-live-number="1042"> is fetched anew and
// replaced whenever that ticket changes (without a number: whenever any ticket does).
//
// Live.follow(url) opens a stream by hand and returns it; Live.post(url, data) posts with CSRF.
// A hidden tab lets go after a minute: browsers allow six connections to a host.
"use strict";

window.Live = (() => {
  const HIDDEN_MS = 60_000;
  const KINDS = ["ticket", "message", "signal", "world", "reset"];
  const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const tell = (kind, detail) =>
    document.body.dispatchEvent(new CustomEvent(`live:${kind}`, { bubbles: true, detail }));

  function follow(address) {
    let source = null;
    let place = "";
    let wasLost = false;
    let hiddenTimer = 0;
    let isOver = false;

    const open = () => {
      if (source || isOver) return;
      const url = new URL(address, location.href);
      if (place) url.searchParams.set("after", place);
      source = new EventSource(url);
      source.onopen = () => {
        tell("state", "open");
        if (wasLost) tell("back");
        wasLost = false;
      };
      source.onerror = () => {
        tell("state", "lost");
        wasLost = true;
        // The browser gives up after an answer that is no stream (a restart behind a proxy).
        if (source && source.readyState === EventSource.CLOSED) {
          letGo();
          setTimeout(open, 5000);
        }
      };
      for (const kind of KINDS) {
        source.addEventListener(kind, (event) => {
          place = event.lastEventId || place;
          tell(kind, JSON.parse(event.data));
        });
      }
      // Too many windows of one person: this one waits until it is looked at again.
      source.addEventListener("closed", () => {
        letGo();
        tell("state", "closed");
        addEventListener("focus", open, { once: true });
      });
    };
    const letGo = () => {
      source?.close();
      source = null;
    };

    document.addEventListener("visibilitychange", () => {
      clearTimeout(hiddenTimer);
      if (document.hidden) hiddenTimer = setTimeout(letGo, HIDDEN_MS);
      else if (!source) {
        wasLost = true;
        open();
      }
    });
    addEventListener("pagehide", letGo);
    addEventListener("pageshow", (event) => event.persisted && open());
    open();
    return { close: () => { isOver = true; letGo(); } };
  }

  const post = (url, data) =>
    fetch(url, {
      method: "POST",
      body: data instanceof FormData ? new URLSearchParams(data) : new URLSearchParams(data || {}),
      headers: { "X-CSRFToken": csrf(), "X-Requested-With": "fetch" },
      credentials: "same-origin",
    });

  // Replace an element by a fresh copy of itself; what had the focus keeps it, by id or by place.
  async function renew(element) {
    const answer = await fetch(element.dataset.livePart, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || !element.isConnected) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.firstElementChild;
    if (!fresh || fresh.outerHTML === element.outerHTML) return;
    const focusable = "a[href], button, input, select, textarea, [tabindex]";
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const at = focused ? [...element.querySelectorAll(focusable)].indexOf(focused) : -1;
    element.replaceWith(fresh);
    window.htmx?.process(fresh);
    if (!focused) return;
    const again = (focused.id && document.getElementById(focused.id)) || fresh.querySelectorAll(focusable)[at];
    (again || fresh).focus({ preventScroll: true });
  }

  let due = 0;
  const waiting = new Set();
  function renewFor(number) {
    waiting.add(number);
    clearTimeout(due);
    // An action writes several events at once: one fetch answers them all.
    due = setTimeout(() => {
      const numbers = new Set([...waiting].map(String));
      waiting.clear();
      for (const element of document.querySelectorAll("[data-live-part]")) {
        const wanted = element.dataset.liveNumber;
        if (!wanted || numbers.has(wanted) || numbers.has("*")) renew(element).catch(() => {});
      }
    }, 150);
  }

  document.addEventListener("live:ticket", (event) => renewFor(event.detail.number));
  document.addEventListener("live:back", () => renewFor("*"));
  document.addEventListener("live:reset", () => renewFor("*"));
  const declared = document.querySelector("[data-live]");
  if (declared) follow(declared.dataset.live);

  return { follow, post, renew };
})();
