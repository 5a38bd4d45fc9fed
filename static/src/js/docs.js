// The API reference: the page names the document in data-spec, the reader may type a key to try calls with.
const place = document.querySelector("[data-spec]");
const ui = window.SwaggerUIBundle({
  url: place.dataset.spec,
  domNode: place,
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  persistAuthorization: false,
  requestInterceptor: (request) => {
    const key = input?.value.trim();
    if (key) request.headers.Authorization = "Bearer " + key;
    return request;
  },
  onComplete: () => use(input?.value.trim()),
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
