"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches); // Swagger UI's own
  dark.addEventListener("change", follow);
  follow();
})();
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({ url: "/openapi.yaml", dom_id: "#swagger", deepLinking: false, docExpansion: "list",
    defaultModelsExpandDepth: 0, validatorUrl: null, displayRequestDuration: true });
});
