const root = document.documentElement, lang = root.lang || "en";
root.dataset.js = "";

// The server tells times in the reader's zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes("mauve_zone=" + zone)) document.cookie = "mauve_zone=" + zone + "; path=/; max-age=31536000; samesite=lax";

// Times stand in the page already; this keeps them young.
const exact = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });
const now = new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(0, "second");
const unit = (name) => new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "narrow" });
const minute = unit("minute"), hour = unit("hour"), days = unit("day");

function age(seconds, then) {
  if (seconds < 60) return now;
  if (seconds < 3600) return minute.format(Math.floor(seconds / 60));
  if (seconds < 86400) return hour.format(Math.floor(seconds / 3600));
  if (seconds < 7 * 86400) return days.format(Math.floor(seconds / 86400));
  return day.format(then);
}

function tick() {
  for (const el of document.querySelectorAll("time[datetime]")) {
    const then = new Date(el.dateTime);
    if (isNaN(then)) continue;
    if (!el.title) el.title = exact.format(then);
    if (!("relative" in el.dataset)) continue;
    const seconds = (Date.now() - then) / 1000;
    if (seconds < -60) continue;
    const text = age(seconds, then);
    if (el.textContent !== text) el.textContent = text;
  }
}
tick();
setInterval(tick, 30000);
document.addEventListener("htmx:after:swap", tick);
document.addEventListener("mauve:appended", tick);

document.addEventListener("click", async (event) => {
  const target = event.target.closest?.("[data-copy], [data-dialog], [data-close], [data-dismiss], .side a");
  if (!target) return;
  if (target.dataset.copy !== undefined) return copy(target);
  if (target.dataset.dialog) return document.getElementById(target.dataset.dialog)?.showModal();
  if (target.dataset.close !== undefined) return target.closest("dialog").close();
  if (target.dataset.dismiss !== undefined) return target.closest(".toast").remove();
  if (target.matches(".side a") && target.closest("[popover]")?.matches(":popover-open")) document.getElementById("side").hidePopover();
});

async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(from.textContent.trim());
  } catch {
    // Without a secure context there is no clipboard: select it, so that Ctrl-C does.
    getSelection().selectAllChildren(from);
    return;
  }
  const word = button.querySelector("[data-word]"), said = word.textContent;
  word.textContent = button.dataset.done;
  setTimeout(() => (word.textContent = said), 1600);
}

// One menu at a time; a click beside it or Escape closes it and gives the focus back.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target) || event.target.closest("[role=menuitem], .sheet a")) menu.open = false;
  if (event.target.matches("dialog[open]")) event.target.close();
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Toasts leave by themselves, but not while somebody reads them.
function startToasts() {
  for (const toast of document.querySelectorAll(".toast:not([data-started])")) {
    toast.dataset.started = "";
    if (toast.classList.contains("bad")) continue;
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) return setTimeout(leave, 2000);
      toast.classList.add("gone");
      setTimeout(() => toast.remove(), 250);
    };
    setTimeout(leave, toast.querySelector("form, a") ? 12000 : 6000);
  }
}
startToasts();
document.addEventListener("htmx:after:swap", startToasts);
document.addEventListener("mauve:toast", startToasts);

export function toast(text, tone = "") {
  const row = document.querySelector("template[data-toast]")?.content.firstElementChild.cloneNode(true);
  if (!row) return;
  if (tone) row.classList.add(tone);
  row.querySelector("[data-text]").textContent = text;
  document.querySelector(".toasts").append(row);
  startToasts();
}

document.addEventListener("htmx:error", () => {
  const text = document.querySelector("template[data-toast]")?.dataset.offline;
  if (text) toast(text, "bad");
});

// The theme changes at once; the server hears of it for the next page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  event.stopPropagation();
  const theme = event.submitter.value, fields = new URLSearchParams(new FormData(form));
  fields.set(event.submitter.name, theme);
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
  fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: true }).catch(() => {});
}, true);

// Another page starts at its top, as after a load; the same page stays where it was.
let path = location.pathname;
document.addEventListener("htmx:after:swap", () => {
  if (path === location.pathname) return;
  path = location.pathname;
  document.getElementById("main")?.scrollTo(0, 0);
});
