"use strict";
// What htmx does not do: the side panel, the tree's twists, sliders, the curve, and telling of errors.
(() => {
  const editor = () => document.getElementById("editor");

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target || event.target;
    if (target.id === "editor-body" && !editor().open) editor().showModal();
    draw();
  });
  document.addEventListener("htmx:sseMessage", () => draw());

  // Pressed on one element and released on the one that replaced it is no click: a live part waits for the next answer.
  let pressed = false;
  document.addEventListener("pointerdown", (event) => { pressed = event.button === 0; }, true);
  for (const released of ["pointerup", "pointercancel", "contextmenu"]) {
    document.addEventListener(released, () => { pressed = false; }, true);
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (pressed && event.detail.target.id === "live") event.detail.shouldSwap = false;
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    if (closer && editor().contains(closer)) {
      event.preventDefault();
      editor().close();
      return;
    }
    if (event.target === editor()) editor().close(); // the backdrop
    const twist = event.target.closest("button.twist");
    if (twist) toggle(twist);
  });

  function toggle(twist) {
    const list = twist.closest("li").querySelector(":scope > ul");
    const opens = twist.getAttribute("aria-expanded") !== "true";
    twist.setAttribute("aria-expanded", String(opens));
    list.hidden = !opens;
    if (opens && !list.children.length) htmx.ajax("GET", twist.dataset.tree, { target: list, swap: "innerHTML" });
  }

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !form.classList.contains("edit")) return;
    if (event.target.dataset.slides) {
      const number = Number(event.target.value);
      form.elements[event.target.dataset.slides].value = String(Number(number.toPrecision(10)));
    } else if (event.target.name === "value") {
      const slider = form.querySelector("[data-slides]");
      if (slider) slider.value = event.target.value;
    }
  });

  let hiding;
  function tell(text) {
    const toast = document.getElementById("toast");
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { toast.hidden = true; }, 6000);
  }
  document.addEventListener("htmx:responseError", (event) => {
    let text = "The server refused this (" + event.detail.xhr.status + ").";
    try { text = JSON.parse(event.detail.xhr.responseText).detail; } catch (e) { /* not a problem document */ }
    tell(text);
  });
  let away = false;
  document.addEventListener("htmx:sendError", () => { away = true; tell("The server does not answer. Trying again…"); });
  document.addEventListener("htmx:afterOnLoad", () => { if (away) { away = false; tell("The server answers again."); } });

  const tree = document.querySelector(".tree details");
  if (tree && matchMedia("(max-width: 760px)").matches) tree.open = false;
  const at = document.querySelector(".tree .at > .node");
  if (at && tree.open) at.closest(".tree").scrollTop = Math.max(0, at.offsetTop - 200);

  // The curve of a change: devices effective, by seconds since the commit.
  let plot;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  function data(curve) {
    const [millis, devices] = JSON.parse(curve.dataset.curve);
    const seconds = millis.map((each) => each / 1000);
    const last = seconds[seconds.length - 1];
    const now = (Date.now() - Number(curve.dataset.since)) / 1000;
    // While it is under way the curve goes on to now; settled, a little past its end.
    const end = curve.dataset.settled === "yes" ? Math.max(last * 1.08, last + 0.05) : Math.min(Math.max(now, last), Math.max(last * 3, 2));
    return [[...seconds, end], [...devices, devices[devices.length - 1]], [...seconds, end].map(() => Number(curve.dataset.targets))];
  }
  function draw() {
    const curve = document.getElementById("curve");
    const at = document.getElementById("chart");
    if (!curve || !at || typeof uPlot === "undefined") return;
    if (plot) { plot.setData(data(curve)); return; }
    const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    plot = new uPlot({
      width: at.clientWidth - 16, height: 220, legend: { show: false }, padding: [12, 16, 0, 0],
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, Math.max(1, Math.ceil(high * 1.08))] } },
      series: [{}, { label: "effective", stroke: colour("--good-bar"), width: 2, fill: colour("--good-soft"), points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) },
        { label: "targets", stroke: colour("--faint"), width: 1, dash: [4, 4], points: { show: false } }],
      axes: [{ ...axis, values: (u, ticks) => ticks.map((t) => t + " s") }, { ...axis, size: 48, incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000] }],
      cursor: { y: false },
    }, data(curve), at);
  }
  addEventListener("resize", () => { const at = document.getElementById("chart"); if (plot && at) plot.setSize({ width: at.clientWidth - 16, height: 220 }); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (plot) { plot.destroy(); plot = undefined; draw(); } });
  draw();
})();
