// Elements say their key: data-key="e", or "g i" for one after the other. Off while typing, and off for people who turned it off.
const typing = (el) => el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit)$/.test(el.type);
const isOff = () => document.body.dataset.shortcuts === "off";
const seen = (el) => el.checkVisibility?.() ?? true;
let before = "", beforeAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key === "?" ? "?" : event.key.toLowerCase();
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1, event);
  const both = Date.now() - beforeAt < 1200 ? before + " " + key : "";
  const hit = (both && find(both)) || find(key);
  before = key;
  beforeAt = Date.now();
  if (!hit) return;
  event.preventDefault();
  act(hit);
});

// "g i" and "?" also work where their element is folded away, in a menu or in the side bar of a phone.
function find(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  return all.find(seen) || all.find((el) => key.includes(" ") || el.dataset.dialog);
}

function act(el) {
  if (el.dataset.dialog) return document.getElementById(el.dataset.dialog)?.showModal();
  if (el.matches("input[type=radio]")) {
    el.checked = true;
    el.dispatchEvent(new Event("change", { bubbles: true }));
    return el.form?.querySelector("textarea")?.focus();
  }
  if (el.matches("input, textarea, select")) return el.focus();
  el.click();
  if (el.matches("summary")) el.parentElement.querySelector(".sheet a, .sheet button, .sheet input:not([type=hidden])")?.focus();
}

function move(step, event) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(seen);
  if (!rows.length) return;
  event.preventDefault();
  const at = rows.indexOf(document.activeElement), from = at < 0 ? rows.findIndex((r) => r.hasAttribute("aria-current")) : at;
  const next = rows[Math.max(0, Math.min(rows.length - 1, from + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-composer] input[type=radio]")) event.target.form.querySelector("textarea").focus();
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
