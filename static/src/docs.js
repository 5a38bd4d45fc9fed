// The interactive reference.
const ui = SwaggerUIBundle({ url: document.getElementById("reference").dataset.spec, dom_id: "#reference", deepLinking: true, validatorUrl: null, persistAuthorization: false });
const key = document.getElementById("try-key");
key?.addEventListener("change", () => ui.preauthorizeApiKey("bearer", key.value.trim()));
window.addEventListener("load", () => setTimeout(() => { if (key?.value) ui.preauthorizeApiKey("bearer", key.value.trim()); }, 800));
