// Tickets, technicians and bases on the commune map that folium made (map_board).
// Every text is set with textContent: no word of a person is ever read as HTML.
"use strict";

(() => {
  const { words, tickets, people, fill } = Board;
  const map = window.map_board;
  const borders = window.geo_json_communes;
  const PATHS = { P1: "M8 0l8 8-8 8-8-8z", P2: "M8 1l8 14H0z" };
  const RANK = ["P1", "P2", "P3", "P4"];

  map.setMaxZoom(14);
  const whole = borders.getBounds();
  const fit = () => map.fitBounds(whole, { padding: [14, 14], animate: false });
  fit();
  map.setMinZoom(map.getZoom() - 0.5);
  map.setMaxBounds(whole.pad(2));
  // A page that is scrolled by a thumb must not be caught by the map: two fingers move it.
  if (matchMedia("(pointer: coarse)").matches) map.dragging.disable();
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  function shape(priority) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-1 -1 18 18");
    svg.setAttribute("class", `shape shape-${priority.toLowerCase()}`);
    svg.setAttribute("aria-hidden", "true");
    const drawn = document.createElementNS(svg.namespaceURI, PATHS[priority] ? "path" : "circle");
    if (PATHS[priority]) drawn.setAttribute("d", PATHS[priority]);
    else for (const [name, value] of [["cx", 8], ["cy", 8], ["r", priority === "P3" ? 7.5 : 6]]) drawn.setAttribute(name, value);
    svg.append(drawn);
    return svg;
  }

  // Tickets ---------------------------------------------------------------------------------
  const markers = new Map();
  const group = L.markerClusterGroup({
    maxClusterRadius: 44,
    showCoverageOnHover: false,
    animate: false,
    spiderLegPolylineOptions: { weight: 1, color: "currentColor", opacity: 0.5 },
    iconCreateFunction(cluster) {
      const held = cluster.getAllChildMarkers().map((marker) => marker.ticket);
      const worst = RANK.find((priority) => held.some((ticket) => ticket.priority === priority));
      const icon = make("span", "cluster-in");
      icon.append(shape(worst), make("b", "", held.length));
      icon.setAttribute("aria-label", fill(words.tickets, { n: held.length }));
      icon.setAttribute("role", "img");
      const late = held.some(Board.isLate) ? " is-late" : "";
      return L.divIcon({ html: icon, className: `cluster cluster-${worst.toLowerCase()}${late}`, iconSize: [52, 30] });
    },
  });

  function ticketIcon(ticket) {
    const icon = make("span", "pin-in");
    icon.append(shape(ticket.priority), make("span", "visually-hidden", `${ticket.code} ${words.priorities[ticket.priority]}, ${ticket.place}`));
    const late = Board.isLate(ticket) ? " is-late" : "";
    return L.divIcon({ html: icon, className: `pin pin-${ticket.group}${late}`, iconSize: [28, 28] });
  }
  function ticketTip(ticket) {
    const tip = make("div", "tip-in");
    tip.append(make("b", "", `${ticket.code} · ${ticket.title}`), make("span", "", `${ticket.place} · ${ticket.status}`));
    if (ticket.runs && ticket.target) tip.append(make("span", Board.isLate(ticket) ? "is-late" : "", Board.remaining(ticket.target)));
    return tip;
  }
  function putTicket(number) {
    const before = markers.get(number);
    const ticket = tickets.get(number);
    const isShown = ticket && ticket.group !== "done" && Board.isShown(ticket);
    if (before) {
      group.removeLayer(before);
      markers.delete(number);
    }
    return isShown ? marker(ticket) : null;
  }
  function marker(ticket) {
    const made = L.marker([ticket.lat, ticket.lon], { icon: ticketIcon(ticket), keyboard: true });
    made.ticket = ticket;
    made.bindTooltip(() => ticketTip(made.ticket), { className: "tip", direction: "top", offset: [0, -10] });
    made.on("click keypress", (event) => {
      if (event.type === "click" || event.originalEvent.key === "Enter") Board.open(ticket.number, { from: made.getElement() });
    });
    markers.set(ticket.number, made);
    return made;
  }
  function putAll() {
    group.clearLayers();
    markers.clear();
    group.addLayers([...tickets.values()].map((ticket) => putTicket(ticket.number)).filter(Boolean));
  }
  // Many at once are added in one go: clustering one by one is slow.
  document.addEventListener("board:tickets", (event) => {
    const { numbers } = event.detail;
    if (numbers.length > 50) return putAll();
    numbers.forEach((number) => {
      const made = putTicket(number);
      if (made) group.addLayer(made);
    });
    return undefined;
  });
  document.addEventListener("board:filter", putAll);

  // Technicians -----------------------------------------------------------------------------
  const folk = L.markerClusterGroup({
    maxClusterRadius: 36,
    showCoverageOnHover: false,
    animate: false,
    iconCreateFunction(cluster) {
      const icon = make("span", "folk-in");
      icon.append(make("b", "", cluster.getChildCount()));
      icon.setAttribute("aria-label", fill(words.people, { n: cluster.getChildCount() }));
      icon.setAttribute("role", "img");
      return L.divIcon({ html: icon, className: "folk folk-many", iconSize: [26, 26], iconAnchor: [-6, -10] });
    },
  });
  function personTip(person) {
    const tip = make("div", "tip-in");
    const where = person.heading ? fill(words.heading, { place: person.heading }) : person.place;
    tip.append(make("b", "", person.name), make("span", "", `${person.words} · ${where}`));
    if (person.seen) tip.append(make("span", "", fill(words.ago, { span: Board.span(Board.now() - person.seen) })));
    return tip;
  }
  function putPeople() {
    folk.clearLayers();
    folk.addLayers([...people.values()].filter((person) => person.state !== "off").map((person) => {
      const icon = make("span", "folk-in");
      icon.append(make("b", "", person.initials), make("span", "visually-hidden", `${person.name}, ${person.words}, ${person.place}`));
      const made = L.marker([person.lat, person.lon], {
        icon: L.divIcon({ html: icon, className: `folk state-${person.state}`, iconSize: [26, 26], iconAnchor: [-6, -10] }),
        keyboard: true,
      });
      made.bindTooltip(() => personTip(person), { className: "tip", direction: "top", offset: [18, 8] });
      made.on("click", () => {
        const line = document.getElementById(`line-${person.id}`);
        line?.scrollIntoView({ block: "nearest" });
        line?.classList.add("is-fresh");
        setTimeout(() => line?.classList.remove("is-fresh"), 2000);
      });
      return made;
    }));
  }
  let drawn = "";
  document.addEventListener("board:people", () => {
    const now = JSON.stringify([...people.values()].map((person) => [person.id, person.state, person.lat, person.lon]));
    if (now !== drawn) putPeople();
    drawn = now;
  });

  // Bases and the chosen ticket -------------------------------------------------------------
  for (const base of Board.data.bases) {
    const icon = make("span", "base-in");
    icon.append(make("span", "visually-hidden", fill(words.base, { team: base.name, place: base.place })));
    L.marker([base.lat, base.lon], { icon: L.divIcon({ html: icon, className: "base", iconSize: [18, 18] }), keyboard: false, zIndexOffset: -500 })
      .bindTooltip(() => make("div", "tip-in", fill(words.base, { team: base.name, place: base.place })), { className: "tip" })
      .addTo(map);
  }
  const ring = L.circleMarker(whole.getCenter(), { radius: 22, className: "ring", interactive: false });
  document.addEventListener("board:selected", (event) => {
    const ticket = tickets.get(event.detail);
    if (!ticket) return void ring.remove();
    ring.setLatLng([ticket.lat, ticket.lon]).addTo(map);
    const drawer = document.getElementById("drawer");
    const covered = drawer.hidden ? 0 : Math.max(0, map.getContainer().getBoundingClientRect().right - drawer.getBoundingClientRect().left);
    map.panInside([ticket.lat, ticket.lon], { paddingTopLeft: [40, 40], paddingBottomRight: [40 + covered, 40], animate: false });
    return undefined;
  });

  map.addLayer(group);
  map.addLayer(folk);
  putAll();
  putPeople();
  // What becomes late while nothing else happens changes its look.
  setInterval(() => {
    for (const [number, made] of markers) {
      if (Board.isLate(made.ticket) !== made.options.icon.options.className.includes("is-late")) {
        group.addLayer(putTicket(number));
      }
    }
  }, 60_000);
  document.documentElement.dataset.boardReady = "yes";
})();
