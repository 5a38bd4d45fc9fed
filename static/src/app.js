// What the pages do beyond plain HTML. Everything works without it.

// Times: relative in the text, absolute in the title.
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "narrow" });
const absolute = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" });
const units = [["year", 31536e6], ["month", 2592e6], ["day", 864e5], ["hour", 36e5], ["minute", 6e4]];
function tellTimes(root = document) {
  for (const el of root.querySelectorAll("time[datetime]")) {
    const at = new Date(el.dateTime), away = at - Date.now();
    el.title = absolute.format(at);
    const [unit, size] = units.find(([, size]) => Math.abs(away) >= size) || ["", 0];
    el.textContent = unit ? relative.format(Math.round(away / size), unit) : "now";
  }
}
tellTimes();
setInterval(tellTimes, 30000);

// Copy buttons.
document.addEventListener("click", async (e) => {
  const button = e.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const said = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = said), 1500);
});

// Live parts. A part says which events concern it and where it is fetched
// again; the stream carries only what happened, never what was said.
async function refresh(part) {
  if (part.busy) { part.again = true; return; }
  part.busy = true;
  try {
    const answer = await fetch(part.dataset.url, { headers: { "X-Fragment": "1" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    if (fresh) morph(part, fresh);
    tellTimes(part);
  } finally {
    part.busy = false;
    if (part.again) { part.again = false; refresh(part); }
  }
}

// morph makes the children of old those of fresh, keeping elements of the same
// id, so that focus and scrolling survive.
function morph(old, fresh) {
  const scroller = old.closest("[data-scroller]");
  const atEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const byID = new Map([...old.children].filter((el) => el.id).map((el) => [el.id, el]));
  let place = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const known = child.id && byID.get(child.id);
    if (known) {
      byID.delete(child.id);
      if (known !== place) old.insertBefore(known, place); else place = place.nextElementSibling;
      if (known.outerHTML !== child.outerHTML && !known.contains(document.activeElement)) known.replaceWith(child);
    } else old.insertBefore(child, place);
  }
  while (place) { const next = place.nextElementSibling; place.remove(); place = next; }
  for (const name of ["unread", "url"]) if (fresh.dataset[name] !== undefined) old.dataset[name] = fresh.dataset[name];
  if (old.dataset.unread !== undefined) tellUnread(old.dataset.unread);
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

const title = document.title;
function tellUnread(n) { document.title = n > 0 ? `(${n}) ${title}` : title; }

function concerns(part, event) {
  const [kinds, conversation] = [part.dataset.live.split(" "), part.dataset.conversation];
  return kinds.some((kind) => event.kind.startsWith(kind)) && (!conversation || conversation === event.conversation);
}

const waiting = new Set();
function happened(event) {
  for (const part of document.querySelectorAll("[data-live]")) {
    if (!concerns(part, event) || waiting.has(part)) continue;
    waiting.add(part);
    setTimeout(() => { waiting.delete(part); refresh(part); }, 60);
  }
}

// One stream for all tabs of a browser: HTTP/1.1 allows six connections. The
// tab that holds the lock reads it and passes on what it hears.
if (document.querySelector("[data-live]") && navigator.locks) {
  const channel = new BroadcastChannel("mauve-live");
  channel.onmessage = (e) => happened(e.data);
  const kinds = ["message.created", "message.status", "conversation.created", "conversation.status", "conversation.assigned",
    "conversation.updated", "conversation.read", "contact.updated", "contact.merged", "note.created"];
  const everything = { kind: "conversation.created" };
  navigator.locks.request("mauve-live", () => new Promise(() => {
    const last = sessionStorage.getItem("mauve-last");
    const stream = new EventSource("/live" + (last ? "?after=" + encodeURIComponent(last) : ""));
    const hear = (e) => {
      if (e.lastEventId) sessionStorage.setItem("mauve-last", e.lastEventId);
      const event = JSON.parse(e.data);
      happened(event);
      channel.postMessage(event);
    };
    for (const kind of kinds) stream.addEventListener(kind, hear);
    stream.addEventListener("reload", () => { sessionStorage.removeItem("mauve-last"); happened(everything); channel.postMessage(everything); });
    stream.addEventListener("signed-out", () => { stream.close(); location.href = "/sign-in"; });
    stream.onopen = () => document.documentElement.setAttribute("data-online", "");
  }));
}

// The composer: sent without leaving the page; what fails stays, with Retry.
document.addEventListener("submit", async (e) => {
  const form = e.target.closest("[data-composer]");
  if (!form) return;
  e.preventDefault();
  const box = form.elements.body, said = box.value, data = new URLSearchParams(new FormData(form));
  if (!said.trim()) return;
  const list = document.querySelector("[data-messages]");
  const row = document.createElement("li");
  row.className = "message mine pending" + (data.get("kind") === "note" ? " note" : "");
  const bubble = Object.assign(document.createElement("div"), { className: "said", textContent: said });
  row.append(bubble);
  list.append(row);
  row.scrollIntoView({ block: "end" });
  box.value = "";
  form.elements.client_id.value = crypto.randomUUID();
  const send = async () => {
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Fragment": "1" } });
      if (!answer.ok) throw new Error(await answer.text());
      row.remove();
      refresh(list);
    } catch (err) {
      row.classList.replace("pending", "failed");
      const retry = Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "Not sent. Retry" });
      retry.onclick = () => { retry.remove(); row.classList.replace("failed", "pending"); send(); };
      row.append(retry);
    }
  };
  send();
});

// Keys, off while typing and where the person turned them off.
const typing = (el) => el.closest("input, textarea, select, [contenteditable]");
let going = 0;
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && e.target.form) { e.preventDefault(); return e.target.form.requestSubmit(); }
  if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  if (going && Date.now() - going < 1200) {
    going = 0;
    const to = { i: "/inbox", c: "/contacts", s: "/settings/workspace", d: "/docs" }[e.key];
    if (to) { e.preventDefault(); location.href = to; }
    return;
  }
  if (e.key === "g") { going = Date.now(); return; }
  if (e.key === "j" || e.key === "k") {
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = rows.findIndex((row) => row === document.activeElement || row.hasAttribute("aria-current"));
    rows[Math.max(0, Math.min(rows.length - 1, here + (e.key === "j" ? 1 : -1)))]?.focus();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
  if (!target) return;
  e.preventDefault();
  if (target.matches("input[type=radio]")) { target.checked = true; document.querySelector("[data-composer] textarea")?.focus(); }
  else if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});

const scroller = document.querySelector("[data-scroller]");
if (scroller) scroller.scrollTop = scroller.scrollHeight;
