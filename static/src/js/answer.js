// A message is answered, or reacted to, from its own row: the composer says which one it is about.
import { schedule } from "./live.js";

function about(form, id, from, text) {
  const bar = form.querySelector("[data-about]");
  bar.hidden = !id;
  form.elements.reply_to.value = id;
  bar.querySelector("[data-about-from]").textContent = from;
  bar.querySelector("[data-about-text]").textContent = text;
}

export const aboutNone = (form) => form.querySelector("[data-about]") && about(form, "", "", "");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-answer], [data-unabout]");
  const form = link?.closest(".thread")?.querySelector("form[data-composer]");
  if (!form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("[data-message]");
  if (!row) aboutNone(form);
  else {
    const reply = form.querySelector('[name="kind"][value="reply"]');
    if (reply) reply.checked = true;
    const text = row.querySelector(".text, .files [aria-label], .files b, .file b");
    about(form, row.dataset.message, row.querySelector("header b").textContent, (text?.textContent || text?.ariaLabel || "").trim().slice(0, 200));
  }
  form.elements.body.focus();
});

// Sends the reaction that the pressed button is; false: it is none.
export function reacted(form, button) {
  if (button?.name !== "emoji") return false;
  const fields = new URLSearchParams({ csrf: form.elements.csrf?.value || "", reply_to: form.elements.reply_to.value, emoji: button.value });
  const stream = document.getElementById(form.dataset.composer);
  fetch(button.formAction, { method: "POST", body: fields, redirect: "manual", headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).then(async (answer) => {
    if (!answer.ok && answer.type !== "opaqueredirect") throw await answer.text();
    if (form.contains(document.activeElement)) form.elements.body.focus();
    aboutNone(form);
    if (stream) schedule(stream, { kind: "message.created" });
  }).catch((why) => (form.querySelector("[data-about-text]").textContent = String(why)));
  return true;
}
