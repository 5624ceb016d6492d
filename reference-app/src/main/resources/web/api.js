"use strict";
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({ url: "/openapi.yaml", dom_id: "#swagger", deepLinking: false, docExpansion: "list",
    defaultModelsExpandDepth: 0, validatorUrl: null, displayRequestDuration: true });
});
