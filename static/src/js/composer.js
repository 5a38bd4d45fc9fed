import { schedule } from "./live.js";
import { toEnd } from "./parts.js";
import { aboutNone, reacted } from "./answer.js";
import { refusedFile, unload } from "./files.js";

const freshId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

let draftTimer, keepDraft;

// Rows that the server has not confirmed, by client id. They outlive a page swap.
const unsent = new Map();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-composer]")) return;
  event.preventDefault();
  event.stopPropagation();
  if (reacted(form, event.submitter)) return;
  const text = form.elements.body;
  const fields = new FormData(form);
  fields.delete("file");
  if (!text.value.trim() && !form.querySelector("[data-chips] > li")) return text.focus();
  const refused = refusedFile(form);
  if (refused) return refused.focus();
  const loads = unload(form);
  clearTimeout(draftTimer);
  keepDraft = undefined;
  typed.delete(form.id);
  text.value = "";
  text.defaultValue = "";
  form.elements.client_id.value = freshId();
  send({ fields, loads, url: form.action, stream: form.dataset.composer, row: drawPending(fields, loads) });
  aboutNone(form);
  text.focus();
}, true);

function drawPending(fields, loads) {
  const kind = fields.get("kind");
  const row = document.querySelector(`template[data-pending="${kind}"]`).content.firstElementChild.cloneNode(true);
  row.dataset.client = fields.get("client_id");
  row.querySelector("[data-body]").textContent = fields.get("body");
  row.querySelector("[data-names]").textContent = loads.map((load) => load.file.name).join(", ");
  return row;
}

async function send(letter) {
  const { fields, row, url } = letter, id = fields.get("client_id"), stream = document.getElementById(letter.stream);
  unsent.set(id, letter);
  mark(row, "pending");
  if (stream && !row.isConnected) stream.append(row);
  if (stream) toEnd(stream);
  try {
    while (letter.loads.length) {
      if (letter.loads[0].failed) letter.loads[0].start();
      fields.append("attachment", await letter.loads[0].id);
      letter.loads.shift();
    }
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual", headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
    // A refusal says in a sentence what is wrong.
    if (!answer.ok && answer.type !== "opaqueredirect") throw await answer.text();
    unsent.delete(id);
    row.classList.remove("pending", "failed");
    row.querySelector("footer").hidden = true;
    const box = document.getElementById(letter.stream);
    if (box) schedule(box, { kind: "message.created" });
  } catch (refusal) {
    mark(row, "failed");
    if (typeof refusal === "string" && refusal) row.querySelector('[data-when="failed"]').textContent = refusal;
  }
}

function mark(row, state) {
  row.classList.toggle("pending", state === "pending");
  row.classList.toggle("failed", state === "failed");
  for (const part of row.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-retry]")?.closest("[data-client]");
  const letter = row && unsent.get(row.dataset.client);
  if (!letter) return;
  event.preventDefault();
  send(letter);
});

document.addEventListener("htmx:after:swap", () => {
  for (const [id, { stream, row }] of unsent) {
    const box = document.getElementById(stream);
    if (box && !box.querySelector(`[data-client="${id}"]`)) box.append(row);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form");
  if (!form || event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  form.requestSubmit();
});

// Drafts are kept by the server, a moment after the last key, or when the page is left before that. Who comes back before
// the server has it finds it all the same.
const typed = new Map();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft-url]");
  if (!form) return;
  if (keepDraft?.form !== form) keepDraft?.(false);
  clearTimeout(draftTimer);
  keepDraft = (keepalive) => {
    keepDraft = undefined;
    clearTimeout(draftTimer);
    const text = form.elements.body.value, kept = () => typed.get(form.id) === text && typed.delete(form.id);
    fetch(form.dataset.draftUrl, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive }).then(kept, () => {});
  };
  typed.set(form.id, form.elements.body.value);
  keepDraft.form = form;
  draftTimer = setTimeout(keepDraft, 700, false);
});
addEventListener("pagehide", () => keepDraft?.(true));
document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector("form[data-draft-url]"), text = form ? typed.get(form.id) : undefined;
  if (text !== undefined && form.elements.body.value !== text) form.elements.body.value = text;
});

// A thread opens at its end, and so does each older part of it: it is read upwards.
let shown;
function openAtEnd() {
  const stream = document.querySelector(".stream[data-live-conversation]");
  const page = stream && stream.id + new URLSearchParams(location.search).get("cursor");
  if (stream && page !== shown) toEnd(stream);
  shown = page;
}
openAtEnd();
document.addEventListener("htmx:after:swap", openAtEnd);

// The time that is left to write freely counts down; when it is over, the server says what may be done instead.
const lang = document.documentElement.lang || "en";
const unit = (name) => new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "narrow" });
const hours = unit("hour"), minutes = unit("minute");
function countDown() {
  for (const el of document.querySelectorAll("time[data-until]")) {
    const left = Math.floor((new Date(el.dateTime) - Date.now()) / 60000);
    if (left < 0) schedule(el.closest("[data-live]"), { kind: "reload" });
    else el.textContent = (left < 60 ? "" : hours.format(Math.floor(left / 60)) + " ") + minutes.format(left % 60);
  }
}
countDown();
setInterval(countDown, 10000);
document.addEventListener("htmx:after:swap", countDown);

// A template is chosen by its list alone, which leads to its first gap, and its preview says what is typed.
let chose;
document.addEventListener("change", (event) => {
  if (!event.target.matches("select[data-submits]") || !event.target.value) return;
  chose = true;
  event.target.form.requestSubmit();
});
document.addEventListener("htmx:after:swap", () => {
  const fill = chose && document.querySelector("form[data-fills]");
  if (!fill) return;
  chose = false;
  fill.querySelector("input:not([type=hidden]), button").focus();
});
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-fills]");
  if (!form) return;
  for (const gap of form.querySelectorAll("[data-gap]")) {
    if (gap.dataset.gap !== event.target.name) continue;
    gap.dataset.empty ??= gap.textContent;
    gap.textContent = event.target.value || gap.dataset.empty;
  }
});
