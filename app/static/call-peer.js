// The connection to one other page. The newcomer offers; perfect negotiation takes over afterwards.
"use strict";

class CallPeer {
  static GATHER_MS = 100;
  static PATIENCE_MS = 3000;
  static AGAIN_MS = 6000;
  static SCREEN_FPS = 5;
  static CAMERA_FPS = 20;

  // `remote`: {instance, participant, name}. `offers`: whether this page is the newcomer of the two.
  constructor({ remote, log, media, room, offers, onChange }) {
    this.remote = remote;
    this.log = log;
    this.media = media;
    this.room = room;
    this.offers = offers;
    this.onChange = onChange;
    this.isPolite = log.instance < remote.instance;
    this.stream = new MediaStream();
    this.state = { mic: true, camera: true, screen: false };
    this.wasConnected = false;
    this.makingOffer = false;
    this.ignoresOffer = false;
    this.candidates = [];
    this.work = Promise.resolve();
    this.connection = this.#connect();
    if (offers) this.#addTransceivers();
  }

  get isConnected() {
    return this.connection.connectionState === "connected";
  }

  // Lines about this peer are worked through in their order.
  hear(line) {
    this.work = this.work.then(() => this.#handle(line)).catch((error) => {
      console.warn("call: a line could not be used", line.kind, error.name);
    });
    return this.work;
  }

  // Send what this page has now: the same two senders carry whatever is on.
  async carry() {
    if (!this.sound || !this.picture || this.connection.signalingState === "closed") return;
    await this.sound.sender.replaceTrack(this.media.mic);
    await this.picture.sender.replaceTrack(this.media.picture);
    await this.#bound();
  }

  // Find another way; asked for when the media or the signalling has come back.
  restart() {
    if (this.connection.signalingState === "stable" && !this.isConnected) this.connection.restartIce();
  }

  close() {
    clearTimeout(this.healing);
    clearTimeout(this.gathering);
    this.connection.close();
  }

  #connect() {
    const connection = new RTCPeerConnection({
      iceServers: this.room.ice_servers,
      bundlePolicy: "max-bundle",
    });
    connection.addEventListener("negotiationneeded", () => this.#offer());
    connection.addEventListener("icecandidate", (event) => this.#gather(event.candidate));
    connection.addEventListener("track", (event) => {
      this.stream.addTrack(event.track);
      this.onChange(this);
    });
    connection.addEventListener("connectionstatechange", () => this.#look());
    return connection;
  }

  #addTransceivers() {
    const both = { direction: "sendrecv" };
    this.sound = this.connection.addTransceiver(this.media.mic ?? "audio", both);
    this.picture = this.connection.addTransceiver(this.media.picture ?? "video", both);
  }

  // The side that was offered to answers over the transceivers that the offer made.
  #adoptTransceivers() {
    for (const transceiver of this.connection.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      if (kind === "audio") this.sound ??= transceiver;
      if (kind === "video") this.picture ??= transceiver;
      transceiver.direction = "sendrecv";
    }
  }

  async #offer() {
    // Both offering at once is what fails now and then in Chromium: the older page waits its turn.
    if (!this.offers && !this.connection.remoteDescription) return;
    try {
      this.makingOffer = true;
      await this.connection.setLocalDescription();
      this.#describe();
    } finally {
      this.makingOffer = false;
    }
  }

  #describe() {
    const { type, sdp } = this.connection.localDescription;
    const body = { description: { type, sdp }, state: this.media.state };
    this.log.say("description", JSON.stringify(body), this.remote.instance);
  }

  async #handle(line) {
    const body = JSON.parse(line.body);
    if (line.kind === "state") this.#setState(body);
    if (line.kind === "description") await this.#described(body);
    if (line.kind === "candidate") await this.#reached(body);
  }

  async #described({ description, state }) {
    const isOffer = description.type === "offer";
    const collides = isOffer && (this.makingOffer || this.connection.signalingState !== "stable");
    this.ignoresOffer = !this.isPolite && collides;
    if (this.ignoresOffer) return;
    this.#setState(state);
    await this.connection.setRemoteDescription(description);
    if (isOffer) {
      this.#adoptTransceivers();
      await this.carry();
      await this.connection.setLocalDescription();
      this.#describe();
    }
    await this.#bound();
  }

  async #reached(candidates) {
    for (const candidate of candidates) {
      try {
        await this.connection.addIceCandidate(candidate);
      } catch (error) {
        if (!this.ignoresOffer) throw error;
      }
    }
  }

  // Candidates come in a burst: one line for all of it.
  #gather(candidate) {
    if (!candidate) return;
    this.candidates.push(candidate.toJSON());
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.log.say("candidate", JSON.stringify(this.candidates.splice(0)), this.remote.instance);
    }, CallPeer.GATHER_MS);
  }

  #setState(state) {
    this.state = { ...this.state, ...state };
    this.onChange(this);
  }

  #look() {
    clearTimeout(this.healing);
    if (this.isConnected) {
      this.wasConnected = true;
      this.#bound();
    } else if (["failed", "disconnected"].includes(this.connection.connectionState)) {
      this.#heal(this.connection.connectionState === "failed" ? 0 : CallPeer.PATIENCE_MS);
    }
    this.onChange(this);
  }

  // One side tries first, so that the two do not offer at once; then both, until it works.
  #heal(delay) {
    const later = this.offers ? 0 : CallPeer.PATIENCE_MS;
    this.healing = setTimeout(() => {
      this.restart();
      this.#heal(CallPeer.AGAIN_MS);
    }, delay + later);
  }

  async #bound() {
    if (!this.picture) return;
    const isScreen = this.media.isSharing;
    await this.#limit(this.picture.sender, {
      maxBitrate: (isScreen ? this.room.screen_kbps : this.room.camera_kbps) * 1000,
      maxFramerate: isScreen ? CallPeer.SCREEN_FPS : CallPeer.CAMERA_FPS,
    }, isScreen ? "maintain-resolution" : "maintain-framerate");
    // Sound goes first through a narrow link.
    await this.#limit(this.sound.sender, { priority: "high", networkPriority: "high" });
  }

  async #limit(sender, limits, degradationPreference) {
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return;
    Object.assign(parameters.encodings[0], limits);
    if (degradationPreference) parameters.degradationPreference = degradationPreference;
    try {
      await sender.setParameters(parameters);
    } catch (error) {
      // Negotiation went on meanwhile; it ends with another try.
      console.debug("call: limits not set", error.name);
    }
  }
}
