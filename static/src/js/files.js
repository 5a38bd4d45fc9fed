// Files that are chosen, pasted or dropped go up at once, each with its name, size, progress and a way to take it off. A
// message takes along what has come up, and waits for what has not.
import { toast } from "./small.js";

const most = 10;
const loads = new WeakMap();
const size = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 });

class Load {
  constructor(form, file) {
    this.file = file;
    this.token = form.elements.csrf?.value || "";
    this.chip = form.querySelector("template[data-chip]").content.firstElementChild.cloneNode(true);
    this.part("name").textContent = file.name;
    this.part("size").textContent = size.format(Math.ceil(file.size / 1000));
    this.chip.load = this;
    this.start();
  }

  part(name) {
    return this.chip.querySelector(`[data-${name}]`);
  }

  start() {
    const bar = this.chip.querySelector("progress");
    bar.hidden = false;
    this.part("problem").textContent = "";
    this.failed = this.refused = false;
    this.id = new Promise((found, refuse) => {
      const call = (this.call = new XMLHttpRequest()), body = new FormData();
      body.append("file", this.file, this.file.name);
      call.open("POST", "/attachments");
      call.setRequestHeader("X-CSRF-Token", this.token);
      call.setRequestHeader("HX-Request-Type", "partial");
      call.upload.onprogress = (event) => event.lengthComputable && (bar.value = (100 * event.loaded) / event.total);
      call.onload = () => (call.status === 201 ? found(JSON.parse(call.responseText).id) : refuse(call.responseText));
      call.onerror = () => refuse("");
      call.send(body);
    });
    this.id.catch((why) => {
      this.failed = true;
      this.refused = !!why;
      this.part("problem").textContent = why || "✕";
    }).finally(() => (bar.hidden = true));
  }
}

function take(form, files) {
  const chips = form.querySelector("[data-chips]");
  const room = Math.max(0, most - chips.children.length);
  if (files.length > room) toast(chips.dataset.most, "bad");
  for (const file of [...files].slice(0, room)) {
    const load = new Load(form, file);
    chips.append(load.chip);
    loads.set(form, [...(loads.get(form) || []), load]);
  }
  form.elements.body.focus();
}

// What the form's message carries; the form begins anew.
export function unload(form) {
  const all = loads.get(form) || [];
  loads.delete(form);
  form.querySelector("[data-chips]")?.replaceChildren();
  return all;
}

// The button that takes off a file which the server will not have: the message waits for that. None: undefined.
export const refusedFile = (form) => (loads.get(form) || []).find((load) => load.refused)?.chip.querySelector("[data-unattach]");

const composerAt = (node) => {
  const form = node.closest?.(".thread")?.querySelector("form[data-composer]");
  const input = form?.elements.file;
  return input && input.checkVisibility?.({ visibilityProperty: true }) !== false ? form : null;
};

document.addEventListener("change", ({ target }) => {
  if (!target.matches("form[data-composer] input[type=file]")) return;
  take(target.form, target.files);
  target.value = "";
});

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-unattach]")?.closest("li");
  if (!chip?.load) return;
  const form = chip.closest("form");
  chip.load.call.abort();
  loads.set(form, loads.get(form).filter((load) => load !== chip.load));
  chip.remove();
  form.elements.body.focus();
});

document.addEventListener("paste", (event) => {
  const form = event.target.closest?.("form[data-composer]") && composerAt(event.target), files = event.clipboardData?.files;
  if (!form || !files?.length || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  take(form, files);
});

const carries = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  const form = carries(event) && composerAt(event.target);
  if (!form) return;
  event.preventDefault();
  form.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget?.closest?.(".thread")) document.querySelector(".composer.dropping")?.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  const form = carries(event) && composerAt(event.target);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("dropping");
  take(form, event.dataTransfer.files);
});
