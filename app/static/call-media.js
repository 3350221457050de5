// This page's own sound and picture: microphone, camera, screen.
"use strict";

class CallMedia {
  static SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  // 150 kbit/s carry no more than this well.
  static PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 20 } };
  static SCREEN = { frameRate: { ideal: 5, max: 5 }, width: { max: 1600 }, height: { max: 1200 } };

  constructor(onChange) {
    this.onChange = onChange;
    this.mic = null;
    this.camera = null;
    this.screen = null;
    this.facing = "user";
    // Why a device did not open: insecure, denied, missing, busy.
    this.problem = "";
  }

  // Open what there is: sound and picture, else one of them, else nothing.
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.problem = window.isSecureContext ? "missing" : "insecure";
      return;
    }
    for (const wanted of [["mic", "camera"], ["mic"], ["camera"]]) {
      if (await this.#ask(wanted)) break;
    }
    this.onChange();
  }

  get picture() {
    return this.screen ?? this.camera;
  }

  get isSharing() {
    return this.screen !== null;
  }

  get canShare() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  get state() {
    return { mic: Boolean(this.mic?.enabled), camera: Boolean(this.camera), screen: this.isSharing };
  }

  async setMic(isOn) {
    if (this.mic) this.mic.enabled = isOn;
    else if (isOn) await this.#ask(["mic"]);
    this.onChange();
  }

  // Off means off: the camera's light goes out.
  async setCamera(isOn) {
    if (isOn && !this.camera) await this.#ask(["camera"]);
    if (!isOn) this.#stop("camera");
    this.onChange();
  }

  async flip() {
    this.facing = this.facing === "user" ? "environment" : "user";
    this.#stop("camera");
    await this.setCamera(true);
  }

  async share() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: CallMedia.SCREEN });
    this.screen = stream.getVideoTracks()[0];
    // Letters must stay sharp; a slide that comes late does no harm.
    this.screen.contentHint = "detail";
    this.screen.addEventListener("ended", () => this.stopSharing());
    this.onChange();
  }

  stopSharing() {
    this.#stop("screen");
    this.onChange();
  }

  close() {
    for (const name of ["mic", "camera", "screen"]) this.#stop(name);
  }

  #stop(name) {
    this[name]?.stop();
    this[name] = null;
  }

  async #ask(names) {
    const video = { ...CallMedia.PICTURE, facingMode: this.facing };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: names.includes("mic") && CallMedia.SOUND,
        video: names.includes("camera") && video,
      });
      if (names.includes("mic")) this.#keep("mic", stream.getAudioTracks()[0]);
      if (names.includes("camera")) this.#keep("camera", stream.getVideoTracks()[0]);
      this.problem = "";
      return true;
    } catch (error) {
      this.problem = { NotAllowedError: "denied", NotFoundError: "missing" }[error.name] ?? "busy";
      return false;
    }
  }

  #keep(name, track) {
    this[name] = track;
    // A cable that is pulled out ends the track.
    track.addEventListener("ended", () => {
      if (this[name] !== track) return;
      this[name] = null;
      this.onChange();
    });
  }
}
