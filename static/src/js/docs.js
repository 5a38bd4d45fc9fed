// The API reference: the page names the document in data-spec, the reader may type a key to try calls with.
const place = document.querySelector("[data-spec]");

// Swagger UI has a dark scheme of its own; it goes by this class.
const system = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  const { theme } = document.documentElement.dataset;
  document.documentElement.classList.toggle("dark-mode", theme ? theme === "dark" : system.matches);
};
follow();
system.addEventListener("change", follow);
new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });

const ui = window.SwaggerUIBundle({
  url: place.dataset.spec,
  domNode: place,
  validatorUrl: null,
  // Links to operations would stand inside buttons, which a screen reader cannot reach.
  deepLinking: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  persistAuthorization: false,
  requestInterceptor: (request) => {
    const key = input?.value.trim();
    if (key) request.headers.Authorization = "Bearer " + key;
    return request;
  },
  onComplete: () => {
    use(input?.value.trim());
    name();
  },
});
const input = document.querySelector("[data-docs-key]");

function use(key) {
  if (!key) return;
  const spec = ui.specSelectors?.specJson?.().toJS() ?? {};
  for (const [name, scheme] of Object.entries(spec.components?.securitySchemes ?? {})) {
    if (scheme.type === "http" && scheme.scheme === "bearer") ui.preauthorizeApiKey(name, key);
  }
}
input?.addEventListener("change", () => use(input.value.trim()));

// What Swagger UI leaves without a name, a level or a landmark.
function name() {
  for (const heading of place.querySelectorAll("h3.opblock-tag, .models h4")) heading.setAttribute("aria-level", "2");
  for (const part of place.querySelectorAll(".information-container, .scheme-container")) {
    part.setAttribute("role", "region");
    part.setAttribute("aria-label", part.querySelector("h1, h2, .servers-title")?.textContent || place.dataset.spec);
  }
  place.querySelector("#servers")?.setAttribute("aria-label", place.querySelector(".servers-title")?.textContent);
}
