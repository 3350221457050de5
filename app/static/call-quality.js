// How good the connection is, in one word that does not flicker; and the figures behind it.
"use strict";

class CallQuality {
  static EVERY_MS = 2000;
  // Worse after two looks, better after three.
  static LOOKS = { worse: 2, better: 3 };
  static LEVELS = ["good", "weak", "poor"];

  // `peers`: a function that gives the connections there are now. `onLevel(level)` is told changes.
  constructor(peers, onLevel) {
    this.peers = peers;
    this.onLevel = onLevel;
    this.level = "none";
    this.looks = 0;
    this.before = new Map();
    this.timer = setInterval(() => this.#look(), CallQuality.EVERY_MS);
  }

  close() {
    clearInterval(this.timer);
  }

  // For tests and for support: what each connection has carried so far.
  static async figures(peer) {
    const found = {
      instance: peer.remote.instance, name: peer.remote.name, state: peer.connection.connectionState,
      framesDecoded: 0, width: 0, height: 0, soundPackets: 0, lost: 0, received: 0, roundTrip: 0, sentBytes: 0,
    };
    for (const row of (await peer.connection.getStats()).values()) {
      if (row.type === "inbound-rtp" && row.kind === "video") {
        found.framesDecoded = row.framesDecoded ?? 0;
        found.width = row.frameWidth ?? 0;
        found.height = row.frameHeight ?? 0;
      }
      if (row.type === "inbound-rtp") {
        if (row.kind === "audio") found.soundPackets = row.packetsReceived ?? 0;
        found.lost += Math.max(0, row.packetsLost ?? 0);
        found.received += row.packetsReceived ?? 0;
      }
      if (row.type === "outbound-rtp") found.sentBytes += row.bytesSent ?? 0;
      if (row.type === "candidate-pair" && row.nominated) found.roundTrip = row.currentRoundTripTime ?? 0;
    }
    return found;
  }

  async #look() {
    const peers = this.peers();
    if (!peers.length) return this.#tell("none");
    if (!peers.some((peer) => peer.isConnected)) {
      return this.#tell(peers.some((peer) => peer.wasConnected) ? "lost" : "none");
    }
    const seen = await Promise.all(peers.filter((peer) => peer.isConnected).map((peer) => this.#of(peer)));
    this.#consider(CallQuality.LEVELS[Math.max(...seen)]);
  }

  // 0 good … 2 poor, from what came since the last look.
  async #of(peer) {
    const now = await CallQuality.figures(peer);
    const before = this.before.get(now.instance) ?? { lost: 0, received: 0 };
    this.before.set(now.instance, now);
    const lost = Math.max(0, now.lost - before.lost);
    const loss = lost / Math.max(1, lost + now.received - before.received);
    if (loss > 0.1 || now.roundTrip > 0.9) return 2;
    return loss > 0.03 || now.roundTrip > 0.4 ? 1 : 0;
  }

  #consider(level) {
    if (level === this.level || !CallQuality.LEVELS.includes(this.level)) return this.#tell(level);
    this.looks = level === this.wanted ? this.looks + 1 : 1;
    this.wanted = level;
    const isWorse = CallQuality.LEVELS.indexOf(level) > CallQuality.LEVELS.indexOf(this.level);
    if (this.looks >= CallQuality.LOOKS[isWorse ? "worse" : "better"]) this.#tell(level);
  }

  #tell(level) {
    this.looks = 0;
    this.wanted = level;
    if (level === this.level) return;
    this.level = level;
    this.onLevel(level);
  }
}
