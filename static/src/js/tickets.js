// The table of tickets and the board. Both work by their forms; this shows the bulk bar only when it has something to do,
// moves a card by M, and lets cards be dragged, which submits the card's own form.
const ticked = (form) => form.querySelectorAll("input[name=ticket]:checked").length;

function count() {
  for (const form of document.querySelectorAll("form[data-bulk]")) form.dataset.ticked = ticked(form);
}
document.addEventListener("change", (event) => event.target.name === "ticket" && count());
document.addEventListener("htmx:after:swap", count);
count();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.shortcuts === "off") return;
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  if (event.key === "m") {
    const menu = row.closest("[data-drag]")?.querySelector("details.menu");
    if (!menu) return;
    event.preventDefault();
    menu.open = true;
    menu.querySelector(".sheet button")?.focus();
  }
  if (event.key === "x") row.closest("tr")?.querySelector("input[name=ticket]")?.click();
});

// A card that moved to another column keeps the focus.
let moved;
document.addEventListener("submit", (event) => {
  moved = event.target.closest?.("[data-drag]")?.id;
}, true);
document.addEventListener("htmx:after:swap", () => {
  const card = moved && document.getElementById(moved);
  moved = null;
  card?.querySelector("[data-row]")?.focus();
});

let dragged;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-drag]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
  document.querySelector(".board").dataset.dragging = "";
});
document.addEventListener("dragover", (event) => {
  if (dragged && event.target.closest?.("[data-drop]")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const column = event.target.closest?.("[data-drop]");
  if (!dragged || !column) return;
  event.preventDefault();
  [...dragged.querySelectorAll(".sheet button")].find((b) => b.value === column.dataset.drop)?.click();
});
document.addEventListener("dragend", () => {
  dragged = null;
  delete document.querySelector(".board")?.dataset.dragging;
});
