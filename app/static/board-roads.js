// Closed roads and boats over the map: drawn live, filed by an area on the map or by two communes.
"use strict";

(() => {
  const { words, fill, announce } = Board;
  const map = window.map_board;
  const panel = document.getElementById("roads");
  const body = document.getElementById("roads-body");
  const form = document.getElementById("closure-form");
  const said = document.getElementById("roads-said");
  const layer = L.layerGroup().addTo(map);

  // What is closed ------------------------------------------------------------------------------
  function tip(closure) {
    const box = document.createElement("div");
    box.className = "tip-in";
    const title = document.createElement("b");
    title.textContent = fill(closure.isNow ? words.closed_now : words.closed_later, { what: closure.title });
    box.append(title);
    if (closure.note) box.append(Object.assign(document.createElement("span"), { textContent: closure.note }));
    return box;
  }
  function draw(data) {
    layer.clearLayers();
    for (const closure of data.closures) {
      const className = `closed-road${closure.isArea ? " closed-area" : ""}${closure.isNow ? "" : " is-later"}`;
      const shape = closure.isArea
        ? L.polygon(closure.points, { className, weight: 2 })
        : L.polyline(closure.points, { className, weight: 5 });
      shape.bindTooltip(() => tip(closure), { className: "tip", sticky: true }).addTo(layer);
      if (closure.isArea) continue;
      const icon = L.divIcon({ className: "closed-sign", iconSize: [22, 22] });
      L.marker(shape.getBounds().getCenter(), { icon, interactive: false, keyboard: false }).addTo(layer);
    }
  }
  function show(data) {
    draw(data);
    if (data.html !== undefined) {
      const had = body.contains(document.activeElement);
      body.innerHTML = data.html;
      if (had) panel.querySelector("summary").focus();
    }
    const count = document.getElementById("roads-count");
    count.querySelector(".numbers").textContent = data.closed;
    count.hidden = !data.closed;
    document.getElementById("boats-off").hidden = data.boats;
  }
  function say(text, isWrong = false) {
    said.textContent = text;
    said.classList.toggle("is-late", isWrong);
    said.hidden = !text;
  }
  let isFetching = false;
  let isWanted = false;
  async function refresh() {
    if (isFetching) return void (isWanted = true);
    isFetching = true;
    isWanted = false;
    try {
      const answer = await fetch(panel.dataset.roads, { headers: { "X-Requested-With": "fetch" } });
      if (answer.ok && !answer.redirected) show(await answer.json());
      else setTimeout(refresh, 5000);
    } catch {
      setTimeout(refresh, 5000);
    } finally {
      isFetching = false;
    }
    if (isWanted) refresh();
    return undefined;
  }
  document.addEventListener("live:world", () => {
    announce(words.roads_changed);
    refresh();
  });
  document.addEventListener("live:back", refresh);

  // Sending -------------------------------------------------------------------------------------
  async function send(which) {
    const buttons = which.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    try {
      const answer = await Live.post(which.action, new FormData(which));
      const data = await answer.json();
      if (answer.ok) {
        show(data);
        say(data.words);
        if (which === form) close();
        return;
      }
      const trouble = Object.values(data.errors || {}).join(" ") || words.failed;
      if (which === form) complain(trouble);
      else say(trouble, true);
    } catch {
      if (which === form) complain(words.failed);
      else say(words.failed, true);
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  }
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    say("");
    send(event.target);
  });
  draw(Board.data.roads);
  if (!form) return;

  // The form ------------------------------------------------------------------------------------
  const communes = [];
  window.geo_json_communes.eachLayer((one) => communes.push(one.feature.properties));
  communes.sort((one, other) => one.full_name.localeCompare(other.full_name, "vi"));
  const fresh = () => {
    // Another form is another closure: the key tells a repeat from a new one.
    form.elements.key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((part) => part.toString(16).padStart(2, "0")).join("");
  };
  function complain(text) {
    const trouble = document.getElementById("closure-trouble");
    trouble.textContent = text;
    trouble.hidden = !text;
  }
  function open(part) {
    for (const select of form.querySelectorAll("[data-communes]")) {
      if (select.options.length > 1) continue;
      for (const commune of communes) select.add(new Option(commune.full_name, commune.code));
    }
    for (const element of form.querySelectorAll("[data-part]")) element.hidden = element.dataset.part !== part;
    for (const select of form.querySelectorAll("[data-communes]")) select.required = part === "pair";
    complain("");
    say("");
    panel.open = true;
    body.hidden = true;
    form.hidden = false;
    document.getElementById("closure-form-title").focus();
  }
  function close() {
    form.reset();
    form.elements.area.value = "";
    fresh();
    form.hidden = true;
    body.hidden = false;
    sketch.clearLayers();
    panel.querySelector("summary").focus();
  }
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-pair]")) {
      event.preventDefault();
      form.elements.area.value = "";
      open("pair");
    } else if (event.target.closest("[data-draw]")) start();
    else if (event.target.closest("[data-cancel]")) close();
  });

  // Drawing -------------------------------------------------------------------------------------
  const bar = document.getElementById("drawing");
  const cross = document.getElementById("drawing-cross");
  const sketch = L.layerGroup().addTo(map);
  let corners = null;

  function start() {
    corners = [];
    sketch.clearLayers();
    panel.open = false;
    bar.hidden = cross.hidden = false;
    map.getContainer().classList.add("is-drawing");
    map.doubleClickZoom.disable();
    redraw();
    map.getContainer().focus();
  }
  function stop() {
    corners = null;
    bar.hidden = cross.hidden = true;
    map.getContainer().classList.remove("is-drawing");
    map.doubleClickZoom.enable();
  }
  function redraw() {
    sketch.clearLayers();
    if (corners.length > 1) L.polygon(corners, { className: "closed-road closed-area is-sketch", weight: 2, interactive: false }).addTo(sketch);
    corners.forEach((corner, at) => {
      const dot = L.circleMarker(corner, { radius: at ? 5 : 7, className: "corner", interactive: false });
      dot.addTo(sketch);
    });
    const count = document.getElementById("drawing-count");
    count.textContent = corners.length ? fill(words.corners, { n: corners.length }) : "";
    bar.querySelector('[data-drawing="done"]').disabled = corners.length < 3;
  }
  function add(place) {
    const first = corners[0] && map.latLngToContainerPoint(corners[0]);
    const isFirst = first && map.latLngToContainerPoint(place).distanceTo(first) < 12;
    if (isFirst && corners.length >= 3) return done();
    if (corners.length < 60) corners.push([place.lat, place.lng]);
    redraw();
    return undefined;
  }
  function done() {
    const drawn = corners.map((corner) => corner.map((part) => Number(part.toFixed(5))));
    form.elements.area.value = JSON.stringify(drawn);
    document.getElementById("closure-drawn").textContent = fill(words.drawn, { n: drawn.length });
    stop();
    open("area");
  }
  const acts = {
    done,
    back: () => {
      corners.pop();
      redraw();
    },
    cancel: () => {
      stop();
      sketch.clearLayers();
      panel.open = true;
      panel.querySelector("summary").focus();
    },
  };
  bar.addEventListener("click", (event) => acts[event.target.closest("[data-drawing]")?.dataset.drawing]?.());
  map.on("click", (event) => corners && add(event.latlng));
  document.addEventListener("keydown", (event) => {
    if (!corners || event.target.closest("button, input, select")) return;
    if (event.key === " ") add(map.getCenter());
    else if (event.key === "Enter" && corners.length >= 3) done();
    else if (event.key === "Backspace" && corners.length) acts.back();
    else if (event.key === "Escape") acts.cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
