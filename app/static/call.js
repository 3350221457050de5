// The page of a call: before it, in it, and out of it again.
//
// `window.callStats()` gives what each connection has carried so far; the browser tests count by it.
"use strict";

{
  const at = (id) => document.getElementById(id);
  const root = at("call");
  const texts = JSON.parse(at("call-texts").textContent);
  const csrf = document.querySelector("meta[name=csrf-token]").content;
  const address = root.dataset.address;
  const view = new CallView(texts, root.dataset.language);
  const media = new CallMedia(onMedia);
  // A reload is the same person with another page: it goes straight back in.
  const memory = `call ${address}${root.dataset.query}`;
  // How long the newcomer has to offer before the older page does.
  const OFFER_WAIT_MS = 8000;
  // A page that never answered is not shown for longer.
  const SHOWN_UNANSWERED_MS = 12000;

  let log = null;
  let room = null;
  // The service's clock against this machine's, in ms: own lines carry the time that the others see.
  let offset = 0;
  let quality = null;
  let timers = [];
  let peers = new Map();
  // Pages that came in and have not offered yet.
  const awaited = new Set();

  window.callStats = () => Promise.all([...peers.values()].map(CallQuality.figures));

  const newId = () => crypto.randomUUID?.()
    ?? [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const remember = (isIn) => {
    try {
      if (isIn) sessionStorage.setItem(memory, "in");
      else sessionStorage.removeItem(memory);
    } catch { /* storage is switched off: a reload asks for a tap again */ }
  };
  const wasIn = () => {
    try { return sessionStorage.getItem(memory) === "in"; } catch { return false; }
  };

  // ---- Own devices

  function onMedia() {
    const { mic, camera, screen } = media.state;
    for (const id of ["mic", "before-mic"]) at(id).setAttribute("aria-pressed", String(mic));
    for (const id of ["camera", "before-camera"]) at(id).setAttribute("aria-pressed", String(camera));
    at("share").setAttribute("aria-pressed", String(screen));
    at("preview").srcObject = media.camera ? new MediaStream([media.camera]) : null;
    at("preview-off").hidden = camera;
    at("preview-words").textContent = texts.camera_off;
    view.self(media);
    if (!log) return;
    for (const peer of peers.values()) peer.carry();
    log.say("state", stateText());
  }

  const stateText = () => JSON.stringify(media.state);

  async function openDevices() {
    await media.open();
    view.devices(media);
    onMedia();
  }

  // ---- In and out

  async function join() {
    const instance = newId();
    at("join").disabled = true;
    at("join").lastElementChild.textContent = texts.joining;
    at("join-error").hidden = true;
    try {
      const answer = await fetch(`${address}/join${root.dataset.query}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
        body: JSON.stringify({ instance }),
      });
      const body = await answer.json();
      if (answer.ok) enter(instance, body);
      else if (body.error === "ended") onEnded();
      else refuse(body.error);
    } catch {
      refuse("failed");
    }
    at("join").disabled = false;
    at("join").lastElementChild.textContent = at("left-notice").hidden ? texts.join : texts.rejoin;
  }

  function refuse(why) {
    remember(false);
    at("join-error").textContent = texts[why] ?? texts.failed;
    at("join-error").hidden = false;
  }

  function enter(instance, joined) {
    room = joined;
    offset = joined.now_ms - Date.now();
    log = new CallLog({
      address, query: root.dataset.query, csrf, instance,
      on: { line: onLine, ended: onEnded, takenOver: onTakenOver, live: onLive, state: stateText },
    });
    remember(true);
    stage(true);
    for (const line of joined.chat) onChat(line, false);
    for (const remote of joined.present) meet(remote, true);
    log.listen(joined.number);
    quality = new CallQuality(() => [...peers.values()], (level) => view.quality(level));
    view.quality("none");
    const began = performance.now() - joined.elapsed_s * 1000;
    const tick = () => view.elapsed(Math.round((performance.now() - began) / 1000));
    tick();
    timers = [setInterval(tick, 1000), setInterval(() => log.say("state", stateText()), CallLog.ALIVE_MS)];
    onMedia();
  }

  function stage(isIn) {
    at("before").hidden = isIn;
    at("during").hidden = !isIn;
    document.body.classList.toggle("in-call", isIn);
    for (const part of document.querySelectorAll(".top, .skip, .demo-banner")) part.inert = isIn;
    if (isIn) view.openChat(matchMedia("(min-width: 1100px)").matches);
    (isIn ? at("mic") : at("join")).focus();
  }

  function goOut(why) {
    log?.close();
    log = null;
    quality?.close();
    timers.forEach(clearInterval);
    for (const peer of peers.values()) peer.close();
    peers = new Map();
    awaited.clear();
    view.clear();
    media.stopSharing();
    at("left-text").textContent = texts[why];
    at("left-notice").hidden = false;
    at("join").lastElementChild.textContent = texts.rejoin;
    remember(false);
    stage(false);
  }

  function leave() {
    log?.leave();
    goOut("left");
  }

  function onTakenOver() {
    if (!log) return;
    goOut("taken_over");
  }

  function onEnded() {
    remember(false);
    log?.close();
    media.close();
    location.replace(address + root.dataset.query);
  }

  function onLive(isLive) {
    if (!log) return;
    view.quality(isLive ? quality?.level ?? "none" : "offline");
    // The media may have gone with the signalling; what is connected is kept as it is.
    if (isLive) for (const peer of peers.values()) if (peer.wasConnected) peer.restart();
  }

  // ---- The others

  function onLine(line) {
    if (line.kind === "join") return onJoin(line);
    if (line.kind === "leave") return onLeave(line);
    if (line.kind === "chat") return onChat(line, true);
    // The newcomer offers; this page met nobody of that name yet.
    if (line.kind === "description" && !peers.has(line.sender)) meet(asRemote(line), false);
    return peers.get(line.sender)?.hear(line);
  }

  const asRemote = (line) => ({ instance: line.sender, participant: line.participant, name: line.name });

  function onJoin(line) {
    if (line.participant === room.participant) return onTakenOver();
    for (const peer of peers.values()) {
      if (peer.remote.participant === line.participant) forget(peer);
    }
    view.announce(view.word("someone_joined", { name: line.name }));
    awaited.add(line.sender);
    setTimeout(() => {
      if (log && awaited.has(line.sender)) meet(asRemote(line), true);
    }, OFFER_WAIT_MS);
    return undefined;
  }

  function onLeave(line) {
    awaited.delete(line.sender);
    const peer = peers.get(line.sender);
    if (!peer) return;
    forget(peer);
    view.announce(view.word("someone_left", { name: line.name }));
  }

  function meet(remote, offers) {
    awaited.delete(remote.instance);
    const peer = new CallPeer({ remote, log, media, room, offers, onChange });
    peers.set(remote.instance, peer);
    view.show(peer);
    setTimeout(() => {
      if (!peer.wasConnected) view.drop(peer);
    }, SHOWN_UNANSWERED_MS);
  }

  function onChange(peer) {
    if (!peers.has(peer.remote.instance)) return;
    if (peer.state.screen && !peer.saidScreen) {
      view.announce(view.word("someone_shares", { name: peer.remote.name }));
    }
    peer.saidScreen = peer.state.screen;
    view.show(peer);
  }

  function forget(peer) {
    peer.close();
    peers.delete(peer.remote.instance);
    view.drop(peer);
  }

  // ---- Text

  function onChat(line, isNew) {
    const { key, text } = JSON.parse(line.body);
    const isOwn = line.participant === room.participant;
    const shown = view.write({ key, text, name: line.name, at: line.at, isOwn });
    if (!isNew || !shown || isOwn) return;
    if (!view.isChatOpen) view.countUnread(view.unread + 1);
    if (!view.isChatOpen) view.announce(view.word("new_message", { name: line.name, text }));
  }

  async function write(event) {
    event.preventDefault();
    const text = at("chat-text").value.trim();
    if (!text || !log) return;
    at("chat-text").value = "";
    const key = newId();
    const item = view.write({ key, text, at: Date.now() + offset, isOwn: true });
    item.dataset.state = "sending";
    const wasSent = await log.say("chat", JSON.stringify({ key, text }));
    item.dataset.state = wasSent ? "sent" : "failed";
  }

  // ---- Buttons

  const press = (id, act) => at(id)?.addEventListener("click", act);

  async function toggleMic() {
    await media.setMic(!media.state.mic);
    view.announce(media.state.mic ? texts.mic_on : texts.mic_off);
    view.devices(media);
  }

  async function toggleCamera() {
    await media.setCamera(!media.state.camera);
    view.announce(media.state.camera ? texts.camera_on : texts.camera_off);
    view.devices(media);
  }

  async function toggleShare() {
    if (media.isSharing) {
      media.stopSharing();
      view.announce(texts.screen_off);
      return;
    }
    try {
      await media.share();
      view.announce(texts.screen_on);
    } catch {
      view.announce(texts.share_refused);
    }
  }

  press("join", join);
  press("leave", leave);
  for (const id of ["mic", "before-mic"]) press(id, toggleMic);
  for (const id of ["camera", "before-camera"]) press(id, toggleCamera);
  press("share", toggleShare);
  press("flip", () => media.flip());
  press("hear", () => view.hearAll());
  press("chat-toggle", () => view.openChat(!view.isChatOpen));
  press("chat-close", () => { view.openChat(false); at("chat-toggle").focus(); });
  press("end-open", () => at("end-dialog").showModal());
  press("end-cancel", () => at("end-dialog").close());
  at("chat-form").addEventListener("submit", write);
  // The page goes; a reload comes back as another page of the same person.
  addEventListener("pagehide", () => log?.leave());

  // A reload comes back by itself; who tapped while the camera was asked for is in already.
  const isReturning = wasIn();
  openDevices().then(() => { if (isReturning && !log && !at("join").disabled) join(); });
  if (at("end-dialog")?.hasAttribute("data-open")) at("end-dialog").showModal();
}
