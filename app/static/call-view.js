// What the call's page shows: the others' pictures, the text chat, the words for screen readers.
"use strict";

class CallView {
  constructor(texts, language) {
    this.texts = texts;
    this.language = language;
    this.tiles = new Map();
    this.unread = 0;
    this.written = new Set();
    this.at = (id) => document.getElementById(id);
  }

  word(name, values = {}) {
    return Object.entries(values).reduce(
      (text, [key, value]) => text.replace(`{${key}}`, () => value), this.texts[name] ?? "");
  }

  announce(text) {
    this.at("call-announcer").textContent = text;
  }

  // A tile is shown while its page connects, and from its first picture on for as long as it is there.
  show(peer) {
    const tile = this.#tile(peer);
    const isOn = peer.state.camera || peer.state.screen;
    tile.dataset.state = peer.isConnected ? "connected" : peer.wasConnected ? "lost" : "connecting";
    tile.classList.toggle("is-screen", peer.state.screen);
    tile.classList.toggle("is-dark", !isOn || !peer.wasConnected);
    tile.querySelector(".call-muted").hidden = peer.state.mic;
    tile.querySelector(".call-tile-state").textContent =
      tile.dataset.state === "connecting" ? this.texts.connecting
        : tile.dataset.state === "lost" ? this.texts.reconnecting
          : peer.state.screen ? this.texts.sharing : "";
    const video = tile.querySelector("video");
    if (video.srcObject !== peer.stream) video.srcObject = peer.stream;
    this.#play(video);
    this.#arrange();
  }

  drop(peer) {
    this.tiles.get(peer.remote.instance)?.remove();
    this.tiles.delete(peer.remote.instance);
    this.#arrange();
  }

  clear() {
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
    this.#arrange();
  }

  // A browser that wants a tap before it plays sound gets a button for it.
  hearAll() {
    this.at("hear").hidden = true;
    for (const tile of this.tiles.values()) this.#play(tile.querySelector("video"));
  }

  self(media) {
    const video = this.at("self-video");
    const track = media.picture;
    if (video.srcObject?.getVideoTracks()[0] !== track) {
      video.srcObject = track ? new MediaStream([track]) : null;
    }
    this.at("self").hidden = !track;
    this.at("self").classList.toggle("is-mirrored", !media.isSharing && media.facing === "user");
  }

  // What did not open and what to do about it; which buttons make sense here.
  devices(media) {
    const problem = media.problem
      || (!media.camera && media.mic && "no_camera") || (!media.mic && media.camera && "no_mic");
    this.at("insecure").hidden = problem !== "insecure";
    this.at("device-notice").hidden = !problem || problem === "insecure";
    this.at("device-problem").textContent = this.texts[problem] ?? "";
    this.at("device-advice").textContent = this.texts[`${problem}_advice`] ?? "";
    for (const id of ["before-mic", "before-camera"]) this.at(id).disabled = !navigator.mediaDevices;
    // A phone cannot share its screen: its rear camera is what it can show.
    this.at("share").hidden = !media.canShare;
    this.at("flip").hidden = media.canShare || !media.camera;
  }

  // A line of the chat; one that comes twice (sent again after a lost answer) is shown once.
  write({ key, name, text, at, isOwn }) {
    if (this.written.has(key)) return null;
    this.written.add(key);
    const item = document.createElement("li");
    item.className = isOwn ? "is-own" : "";
    const head = document.createElement("p");
    head.className = "call-chat-who";
    head.textContent = `${isOwn ? this.texts.you : name} · ${this.#clock(at)}`;
    const body = document.createElement("p");
    body.textContent = text;
    item.append(head, body);
    this.at("chat-lines").append(item);
    this.at("chat-log").scrollTop = this.at("chat-log").scrollHeight;
    this.at("chat-empty").hidden = true;
    return item;
  }

  openChat(isOpen) {
    this.at("chat").hidden = !isOpen;
    this.at("chat-toggle").setAttribute("aria-expanded", String(isOpen));
    this.at("during").classList.toggle("has-chat", isOpen);
    if (isOpen) this.countUnread(0);
  }

  get isChatOpen() {
    return !this.at("chat").hidden;
  }

  countUnread(number) {
    this.unread = number;
    this.at("unread").hidden = number === 0;
    this.at("unread").textContent = number;
  }

  quality(level) {
    this.at("quality").dataset.level = level;
    this.at("quality").textContent = this.texts[`quality_${level}`];
  }

  elapsed(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
    this.at("elapsed").textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
  }

  #tile(peer) {
    const known = this.tiles.get(peer.remote.instance);
    if (known) return known;
    const tile = this.at("tile").content.firstElementChild.cloneNode(true);
    tile.dataset.instance = peer.remote.instance;
    tile.querySelector(".call-tile-name").textContent = peer.remote.name;
    const words = peer.remote.name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
    tile.querySelector(".call-face").textContent =
      words.slice(-2).map((word) => [...word][0]).join("").toUpperCase();
    this.at("tiles").append(tile);
    this.tiles.set(peer.remote.instance, tile);
    return tile;
  }

  #arrange() {
    const tiles = [...this.tiles.values()];
    const area = this.at("tiles");
    area.dataset.count = tiles.length;
    area.classList.toggle("has-screen", tiles.some((tile) => tile.classList.contains("is-screen")));
    this.at("alone").hidden = tiles.length > 0;
  }

  #play(video) {
    video.play().catch((error) => {
      if (error.name === "NotAllowedError") this.at("hear").hidden = false;
    });
  }

  #clock(at) {
    return new Date(at).toLocaleTimeString(this.language === "vi" ? "vi-VN" : "en-GB", {
      hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh",
    });
  }
}
