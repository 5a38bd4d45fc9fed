import { append, menuOpen, morph, nearEnd, toEnd, touched } from "./parts.js";

// An event's id starts with the second it is of. Within one, which came first is not known: the page is then refreshed in vain at worst.
const second = (id) => parseInt(id.slice(-24, -16), 16);

const channel = new BroadcastChannel("mauve-live");

// <live-events src kinds cursor profile>: many tabs, one stream. The tab that gets the lock holds the EventSource and tells the others.
class LiveEvents extends HTMLElement {
  connectedCallback() {
    this.memory = "mauve-live:" + this.getAttribute("profile");
    this.leaving = new AbortController();
    this.heard = ({ data }) => data.profile === this.getAttribute("profile") && tell(data);
    channel.addEventListener("message", this.heard);
    this.catchUp();
    navigator.locks?.request(this.memory, { signal: this.leaving.signal }, () => this.lead()).catch(() => {});
  }

  // What was told while the page was on its way was drawn on the one before it: the page that came is older.
  catchUp() {
    const seen = localStorage.getItem(this.memory), drawn = this.getAttribute("cursor");
    if (drawn && seen && seen !== drawn && second(seen) >= second(drawn)) refreshAll();
    if (!drawn || !seen || second(drawn) > second(seen)) this.remember(drawn);
  }

  disconnectedCallback() {
    channel.removeEventListener("message", this.heard);
    this.leaving.abort();
    this.source?.close();
    this.release?.();
  }

  remember(id) {
    if (id) localStorage.setItem(this.memory, id);
  }

  lead() {
    return new Promise((release) => {
      this.release = release;
      this.open();
    });
  }

  open() {
    const url = new URL(this.getAttribute("src"), location.href), last = localStorage.getItem(this.memory);
    if (last) url.searchParams.set("last_event_id", last);
    const source = (this.source = new EventSource(url));
    source.addEventListener("goodbye", () => this.again(source));
    source.addEventListener("signed-out", () => {
      source.close();
      location.reload();
    });
    const hear = (message) => {
      this.remember(message.lastEventId);
      if (message.type === "ping") return;
      let data = {};
      try { data = JSON.parse(message.data || "{}"); } catch {}
      const event = { ...data, kind: message.type === "message" ? data.kind : message.type, cursor: message.lastEventId, profile: this.getAttribute("profile") };
      tell(event);
      channel.postMessage(event);
    };
    for (const kind of ["message", "ping", "reload", ...this.getAttribute("kinds").split(" ")]) source.addEventListener(kind, hear);
    source.onopen = () => {
      document.documentElement.removeAttribute("data-offline");
      document.documentElement.dataset.online = "";
    };
    source.onerror = () => {
      document.documentElement.dataset.offline = "";
      // The browser retries a broken line by itself, but gives up on an answer that is not a stream (a restart behind a proxy).
      if (source.readyState === EventSource.CLOSED) this.again(source);
    };
  }

  again(source) {
    source.close();
    setTimeout(() => this.isConnected && this.source === source && this.open(), 1000 + Math.random() * 4000);
  }
}

function tell(event) {
  document.dispatchEvent(new CustomEvent("mauve:event", { detail: event }));
  if (event.kind === "presence") return showPresence(event);
  if (event.kind === "message.created") clearPresence(event);
  for (const part of document.querySelectorAll("[data-live]")) {
    if (event.kind === "reload" || (part.dataset.live.split(" ").includes(event.kind) && isAbout(part, event))) schedule(part, event);
  }
}

// A part says what it shows, an event what it is about. The first thing that both name decides; when there is none
// (a contact's new name has no conversation), the part is refreshed.
function isAbout({ dataset }, event) {
  for (const [shown, about] of [[dataset.liveTicket, event.ticket], [dataset.liveConversation, event.conversation], [dataset.liveContact, event.contact]]) {
    if (shown && about) return shown === about;
  }
  return true;
}

function refreshAll() {
  for (const part of document.querySelectorAll("[data-live]")) schedule(part, { kind: "reload" });
}

const waiting = new WeakMap(), refreshedAt = new WeakMap(), turns = new WeakMap();

// A burst of events about one part becomes one request, and a busy desk asks for a part twice a second at most.
export function schedule(part, event) {
  const burst = waiting.get(part);
  if (burst) return burst.push(event);
  const events = [event];
  waiting.set(part, events);
  setTimeout(() => run(part, events), Math.max(60, (refreshedAt.get(part) || 0) + 500 - Date.now()));
}

function run(part, events) {
  if (!part.isConnected || touched(part)) return waiting.delete(part);
  if (menuOpen(part)) return setTimeout(() => run(part, events), 800);
  // One after the other: a slow answer never covers a newer one, and all that happens until it comes is one request more.
  if (turns.has(part)) return turns.get(part).then(() => run(part, events));
  waiting.delete(part);
  refreshedAt.set(part, Date.now());
  turns.set(part, refresh(part, events).catch(console.error).finally(() => turns.delete(part)));
}

async function refresh(part, events) {
  if (part.dataset.liveMode !== "append") {
    if (hold(part, events)) return;
    const atEnd = part.matches(".stream") && nearEnd(part);
    if (await morph(part) === false) return events.forEach((event) => schedule(part, event));
    if (atEnd) toEnd(document.getElementById(part.id));
    return countUnread();
  }
  // A change of a row already drawn fetches that row alone; the rest is what came after the last one.
  const url = new URL(part.dataset.liveUrl, location.href);
  const atEnd = nearEnd(part);
  const changed = new Set(events.filter((e) => e.message && document.getElementById("message-" + e.message)).map((e) => e.message));
  for (const id of changed) {
    const one = new URL(url);
    one.searchParams.set("message", id);
    await append(part, one);
  }
  if (atEnd) toEnd(part); // a row may have grown: its file came
  if (events.every((e) => changed.has(e.message))) return;
  const rowsFrom = (nth) => {
    const row = [...part.querySelectorAll("[data-message]:not(.pending, .failed)")].at(nth);
    if (row) url.searchParams.set("after", row.dataset.message);
    return append(part, url);
  };
  const before = events.some((e) => e.kind === "reload") ? await rowsFrom(0) : 0; // any row may have changed
  const added = before + (await rowsFrom(-1));
  if (atEnd) toEnd(part);
  else if (added) pill(part, added);
}

// Rows do not jump under the eyes: a list that is scrolled down says how many are new and waits.
function hold(part, events) {
  const box = part.closest("[data-scroll]");
  if (!box || box.scrollTop < 40 || !pillOf(part)) return false;
  const held = (part.held ||= new Set());
  for (const event of events) if (/^(message|conversation)\.created$/.test(event.kind)) held.add(event.conversation);
  if (held.size) pill(part, held.size, true);
  return true;
}

document.addEventListener("input", ({ target }) => target.form?.matches("[data-hold]") && (target.form.dataset.touched = ""));

const pillOf = (part) => document.querySelector(`[data-new-for="${part.id}"]`);

function pill(part, count, exactly) {
  const button = pillOf(part);
  if (!button) return;
  count = exactly ? count : count + Number(button.dataset.count || 0);
  button.dataset.count = count;
  button.lastElementChild.textContent = button.dataset[count === 1 ? "one" : "other"].replace("{n}", count);
  button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-new-for]");
  if (!button) return;
  const part = document.getElementById(button.dataset.newFor);
  button.hidden = true;
  button.dataset.count = 0;
  if (part.dataset.liveMode === "append") return toEnd(part);
  part.held?.clear();
  part.closest("[data-scroll]").scrollTop = 0;
  schedule(part, { kind: "reload" });
});

// A part that waits for a worker, who tells nobody, looks again by itself: a few times.
let looks = 0;
function lookAgain() {
  const parts = document.querySelectorAll("[data-again]");
  looks = parts.length ? looks + 1 : 0;
  if (looks > 12) return;
  for (const part of parts) setTimeout(() => schedule(part, { kind: "reload" }), 1200);
}
document.addEventListener("htmx:after:swap", lookAgain);

// A page takes the place of another without a new element: a morph keeps the one that listens.
document.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx?.target?.matches?.("body") && document.querySelector("live-events")?.catchUp?.());

let presenceTimer;
function showPresence(event) {
  const line = document.querySelector(`[data-presence="${event.conversation}"]`);
  if (!line || !event.name || event.name === line.dataset.self) return;
  line.textContent = line.dataset.words.replace("{name}", event.name);
  clearTimeout(presenceTimer);
  presenceTimer = setTimeout(() => (line.textContent = ""), 12000);
}

// Who was replying has replied.
function clearPresence(event) {
  const line = document.querySelector(`[data-presence="${event.conversation}"]`);
  if (line) line.textContent = "";
}

// The number comes from the server, on any refreshed part; title and tab icon repeat it.
export function countUnread() {
  const carrier = document.querySelector("[data-unread]");
  if (!carrier) return;
  const count = Number(carrier.dataset.unread) || 0;
  document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  const icon = document.querySelector('link[rel="icon"]');
  const href = count ? icon.dataset.alert : icon.dataset.plain;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
countUnread();
document.addEventListener("htmx:after:swap", countUnread);

lookAgain();

// Last, because an element that is in the page already starts at once and needs everything above.
customElements.define("live-events", LiveEvents);
