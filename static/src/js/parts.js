import htmx from "../vendor/htmx.esm.js";

export const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
export const toEnd = (box) => (box.scrollTop = box.scrollHeight);

// What somebody has typed into a form stays: saving it tells them what changed meanwhile.
export const touched = (part) => part.querySelector("form[data-touched]");

// A menu that somebody has open is not pulled away from them.
export const menuOpen = (part) => part.querySelector("details.menu[open]");

// A part's own address answers with the part itself. Stable ids let the morph keep focus and scroll.
// When the page moved on meanwhile, the answer is of what the part showed before: it is asked again.
// False: a menu was opened meanwhile, and nothing is drawn.
export async function morph(part) {
  const address = part.dataset.liveUrl;
  const text = await fetchPart(address);
  if (part.isConnected && part.dataset.liveUrl !== address) return morph(part);
  if (part.isConnected && menuOpen(part)) return false;
  if (text && part.isConnected && !touched(part)) await htmx.swap({ text, target: part, sourceElement: part, swap: "outerMorph", request: {}, hx: {} });
}

// Rows are told apart by id, and a row of ours by the client id it was sent with: a message that comes twice is drawn once.
export async function append(box, url) {
  const text = await fetchPart(url);
  if (!text) return 0;
  const draft = document.createElement("template");
  draft.innerHTML = text;
  let added = 0;
  for (const row of [...draft.content.querySelectorAll("[data-message], .event")]) {
    const mine = row.dataset.client && box.querySelector(`[data-client="${CSS.escape(row.dataset.client)}"]`);
    const old = document.getElementById(row.id) || mine;
    if (old && !old.dataset.message) {
      // It was drawn when it was sent, before what the server put above it.
      old.remove();
      box.insertBefore(row, underWay(box));
    } else if (old) {
      // A row that comes alone does not know what stands above it, nor where the focus is.
      if (old.matches(".continued")) row.classList.add("continued");
      const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
      old.replaceWith(row);
      playOn(old, row);
      if (focused) row.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
    }
    else if (!("replaces" in row.dataset)) {
      box.insertBefore(row, underWay(box));
      added += row.dataset.message ? 1 : 0;
    }
    htmx.process(row);
  }
  document.dispatchEvent(new CustomEvent("mauve:appended"));
  return added;
}

// What plays in a row goes on in the one that takes its place, which has another link to the same file. A player
// that is back in the page before anybody else's turn does not stop (HTML, 4.8.11.8).
function playOn(old, row) {
  for (const player of old.querySelectorAll("audio, video")) {
    const next = [...row.querySelectorAll(player.localName)].find((one) => fileOf(one) === fileOf(player));
    if (!player.paused) next?.replaceWith(player);
  }
}

const fileOf = (player) => new URL(player.src).pathname;

// Rows that the server has not told of stay last.
const underWay = (box) => box.querySelector(":scope > [data-client]:not([data-message])");

async function fetchPart(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(15000), headers: { "HX-Request": "true", "HX-Request-Type": "partial", Accept: "text/html" } });
    const text = answer.ok && !answer.redirected ? await answer.text() : "";
    // A whole page is not the part that was asked for: the session may have ended.
    return /^\s*<!doctype/i.test(text) ? "" : text;
  } catch {
    return "";
  }
}
