// Reads server-sent events with fetch and not with EventSource, which can send no Authorization header. Comes back by itself after everything that ends a stream.

const RETRY_MIN = 500, RETRY_MAX = 5000; // milliseconds: a node that was restarted is seen again soon, one that is away is asked seldom
const SILENCE_MAX = 30000;               // the node sends something at least every 10 s
const HIDDEN_MAX = 60000;                // nobody looks: the node need not work for this page

/** The token that was typed for this tab; none is kept longer. */
export const token = {
  get: () => sessionStorage.getItem("cubeactors-token") ?? "",
  set: value => value ? sessionStorage.setItem("cubeactors-token", value) : sessionStorage.removeItem("cubeactors-token"),
};

export function headers(accept) {
  return token.get() ? { Accept: accept, Authorization: `Bearer ${token.get()}` } : { Accept: accept };
}

/** Asks a path of the node for its data; throws with the words of the node. */
export async function ask(path) {
  const reply = await fetch(path, { headers: headers("application/json"), cache: "no-store" });
  const body = await reply.json().catch(() => null);
  if (reply.status === 401) throw Object.assign(new Error(body?.msg || "the node asks for a token"), { wantsToken: true });
  if (!reply.ok) throw new Error(body?.msg || `status ${reply.status}`);
  return body.data;
}

/** Takes a stream apart as it comes. */
export class EventParser {
  #rest = "";

  /** Calls back with name and data of each event that is complete. */
  push(text, onEvent) {
    const parts = (this.#rest + text).split("\n\n");
    this.#rest = parts.pop();
    for (const part of parts) {
      let name = "message";
      const data = [];
      for (const line of part.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      }
      if (data.length > 0) onEvent(name, data.join("\n"));
    }
  }
}

/** One stream that is kept open. State: connecting, live, lost or token. */
export class EventStream {
  #path;
  #onEvent;
  #onState;
  #abort = null;
  #retry = RETRY_MIN;
  #timer = 0;
  #watchdog = 0;
  #closed = false;
  state = "connecting";
  lostAt = null;
  problem = "";

  constructor(path, onEvent, onState) {
    [this.#path, this.#onEvent, this.#onState] = [path, onEvent, onState];
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#open();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#stop();
  }

  /** Tries at once: there is a new token, or somebody asks for it. */
  again() {
    this.#stop();
    this.#retry = RETRY_MIN;
    this.#open();
  }

  #hiddenTimer = 0;
  #onVisibility = () => {
    clearTimeout(this.#hiddenTimer);
    if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#stop(), HIDDEN_MAX);
    else if (this.#abort === null) this.again();
  };

  #stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#abort?.abort();
    this.#abort = null;
  }

  #to(state, problem = "") {
    if (state === "lost" && this.lostAt === null) this.lostAt = Date.now();
    if (state === "live") this.lostAt = null;
    [this.state, this.problem] = [state, problem];
    this.#onState(this);
  }

  async #open() {
    const abort = this.#abort = new AbortController();
    try {
      const reply = await fetch(this.#path, { headers: headers("text/event-stream"), cache: "no-store", signal: abort.signal });
      if (reply.status === 401) {
        this.#to("token");
        return;
      }
      if (!reply.ok) throw new Error((await reply.json().catch(() => null))?.msg ?? `status ${reply.status}`);
      const [reader, decoder, parser] = [reply.body.getReader(), new TextDecoder(), new EventParser()];
      for (;;) {
        this.#watch(abort);
        const { done, value } = await reader.read();
        if (done) throw new Error("the node has ended the stream");
        this.#retry = RETRY_MIN;
        if (this.state !== "live") this.#to("live");
        parser.push(decoder.decode(value, { stream: true }), (name, data) => {
          try {
            this.#onEvent(name, JSON.parse(data));
          } catch (mistake) {
            reportError(mistake); // of this page: the stream is not to blame
          }
        });
      }
    } catch (failure) {
      if (this.#closed || abort !== this.#abort) return; // somebody wanted it to end
      this.#abort = null;
      clearTimeout(this.#watchdog);
      this.#to("lost", failure instanceof TypeError ? "the node does not answer" : failure.message);
      this.#timer = setTimeout(() => this.#open(), this.#retry * (0.75 + Math.random() / 2)); // many pages should not come back at one moment
      this.#retry = Math.min(RETRY_MAX, this.#retry * 2);
    }
  }

  #watch(abort) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => abort.abort(new Error("nothing was heard for 30 s")), SILENCE_MAX);
  }
}
