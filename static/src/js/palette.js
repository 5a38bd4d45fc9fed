// Ctrl/⌘-K. The server draws the results of /palette?q=; this moves through them.
const dialog = () => document.getElementById("palette");
let timer, asked = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && dialog()) {
    event.preventDefault();
    dialog().open ? dialog().close() : open();
  }
  if (event.target.getAttribute?.("role") === "combobox") walk(event);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-palette]")) open();
});

document.addEventListener("input", (event) => {
  if (event.target.getAttribute("role") !== "combobox") return;
  clearTimeout(timer);
  timer = setTimeout(() => search(event.target.value), 90);
});

function open() {
  const box = dialog();
  if (!box || box.open) return;
  box.showModal();
  const input = box.querySelector("input");
  input.value = "";
  input.focus();
  search("");
}

async function search(words) {
  const mine = ++asked, list = document.getElementById("palette-results");
  const answer = await fetch("/palette?q=" + encodeURIComponent(words), { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  list.innerHTML = await answer.text();
  window.htmx?.process(list);
  select(list.querySelector("[role=option]"));
}

function select(option) {
  const box = dialog(), input = box.querySelector("input");
  for (const old of box.querySelectorAll('[aria-selected="true"]')) old.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function walk(event) {
  const options = [...dialog().querySelectorAll("[role=option]")], at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + options.length, Home: 0, End: options.length - 1 };
  if (event.key in steps && options.length) {
    if (/Home|End/.test(event.key) && event.target.value) return;
    event.preventDefault();
    select(options[steps[event.key] % options.length]);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    if (options[at]) {
      dialog().close();
      options[at].click();
    }
  }
}
