// Typing @ in a note offers the team's names. The text alone says whom it names, so without this file one types them.
let list, field, start, chosen;

const wanted = (area) => area.value.slice(0, area.selectionStart).match(/(?:^|[^\p{L}\p{N}])@([^@\n]{0,60})$/u);

document.addEventListener("input", (event) => {
  const area = event.target, form = area.closest?.("form[data-members]");
  if (!form || area.name !== "body") return;
  const typed = form.elements.kind.value === "note" && wanted(area);
  if (!typed) return close();
  const names = form.dataset.members.split("\n").filter((name) => name.toLowerCase().startsWith(typed[1].toLowerCase())).slice(0, 6);
  if (!names.length || names[0] === typed[1]) return close();
  open(form, area, area.selectionStart - typed[1].length, names);
});

function open(form, area, at, names) {
  close();
  [field, start, chosen] = [area, at, 0];
  list = document.createElement("ul");
  list.id = "mention-list";
  list.className = "sheet mention-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.membersLabel);
  names.forEach((name, i) => {
    const row = document.createElement("li");
    row.id = "mention-" + i;
    row.setAttribute("role", "option");
    row.textContent = name;
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      choose(i);
    });
    list.append(row);
  });
  form.append(list);
  area.setAttribute("aria-controls", list.id);
  mark(0);
}

function mark(i) {
  chosen = (i + list.children.length) % list.children.length;
  [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
  field.setAttribute("aria-activedescendant", "mention-" + chosen);
}

function choose(i) {
  const name = list.children[i].textContent;
  field.setRangeText(name + " ", start, field.selectionStart, "end");
  const written = field;
  close();
  written.dispatchEvent(new Event("input", { bubbles: true }));
}

function close() {
  list?.remove();
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  list = field = null;
}

// Before the other listeners: Enter and Escape have a meaning of their own while names are offered.
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey) return;
  const does = { ArrowDown: () => mark(chosen + 1), ArrowUp: () => mark(chosen - 1), Enter: () => choose(chosen), Tab: () => choose(chosen), Escape: close }[event.key];
  if (!does) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  does();
}, true);
document.addEventListener("focusout", (event) => event.target === field && close());
document.addEventListener("htmx:after:swap", close);

// Whoever is named in a note hears of it on whatever page is open.
document.addEventListener("mauve:event", async ({ detail }) => {
  const person = document.getElementById("live-events")?.getAttribute("person");
  if (!person || !detail.mentions?.includes(person)) return;
  const answer = await fetch("/mentions/" + detail.cursor.slice(-24), { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const draft = document.createElement("template");
  draft.innerHTML = await answer.text();
  const told = draft.content.firstElementChild;
  if (!told?.matches(".toast") || document.getElementById(told.id)) return;
  document.querySelector(".toasts").append(told);
  document.dispatchEvent(new CustomEvent("mauve:toast"));
});
