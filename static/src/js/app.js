// Pages work without this file; it makes them quick and live. Everything listens on the document, so swapped-in parts need no setup.
import htmx from "../vendor/htmx.esm.js";
import "./live.js";
import "./composer.js";
import "./files.js";
import "./answer.js";
import "./keys.js";
import "./palette.js";
import "./tickets.js";
import "./mention.js";
import "./small.js";

window.htmx = htmx;
