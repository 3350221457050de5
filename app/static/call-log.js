// The call's numbered log: what this page says to the others, and what it hears, from a number on.
"use strict";

class CallLog {
  static RETRY_MS = 1500;
  static TOO_MUCH_MS = 3000;
  // The server takes a page for gone after three of these.
  static ALIVE_MS = 25000;

  // `on`: line(line), ended(), takenOver(), live(boolean), and state() → how this page is, as text.
  constructor({ address, query, csrf, instance, on }) {
    this.address = address;
    this.query = query;
    this.csrf = csrf;
    this.instance = instance;
    this.on = on;
    this.number = 0;
    this.isOpen = true;
    this.outgoing = Promise.resolve();
  }

  // Lines go out one after the other: a candidate must not overtake its description.
  say(kind, body = "", to = "") {
    this.outgoing = this.outgoing.then(() => this.#send({ kind, body, to }));
    return this.outgoing;
  }

  listen(number) {
    this.number = number;
    this.#open();
  }

  leave() {
    this.close();
    // keepalive: the request outlives the page.
    this.#post({ kind: "leave", body: "", to: "" }, true).catch(() => {});
  }

  close() {
    this.isOpen = false;
    this.source?.close();
    clearTimeout(this.reopening);
  }

  #open() {
    const query = new URLSearchParams(this.query);
    query.set("instance", this.instance);
    query.set("signals_after", this.number);
    const source = new EventSource(`${this.address}/stream?${query}`);
    this.source = source;
    source.addEventListener("open", () => this.on.live(true));
    source.addEventListener("signal", (event) => this.#hear(JSON.parse(event.data)));
    source.addEventListener("ended", () => this.on.ended());
    source.addEventListener("error", () => {
      if (!this.isOpen) return;
      this.on.live(false);
      // A refused stream is not tried again by the browser itself.
      if (source.readyState === EventSource.CLOSED) this.#reopen();
    });
  }

  #reopen() {
    this.reopening = setTimeout(() => {
      if (!this.isOpen) return;
      // The answer to a line says why the stream is refused; the stream itself cannot.
      this.say("state", this.on.state());
      this.#open();
    }, CallLog.RETRY_MS);
  }

  #hear(line) {
    if (!this.isOpen || line.number <= this.number) return;
    this.number = line.number;
    this.on.line(line);
  }

  async #send(line) {
    while (this.isOpen) {
      const answer = await this.#post(line).catch(() => null);
      if (answer?.ok) return true;
      if (answer?.status === 410) this.on.ended();
      if (answer?.status === 409) this.on.takenOver();
      // Anything else that was refused stays refused; a server that is away or busy is waited for.
      if (answer && answer.status < 500 && answer.status !== 429) return false;
      await new Promise((done) => {
        setTimeout(done, answer?.status === 429 ? CallLog.TOO_MUCH_MS : CallLog.RETRY_MS);
      });
    }
    return false;
  }

  #post(line, keepalive = false) {
    return fetch(`${this.address}/signals${this.query}`, {
      method: "POST",
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
      body: JSON.stringify({ ...line, instance: this.instance }),
    });
  }
}
