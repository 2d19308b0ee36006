"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { rows, groups, inputs, nodes } = data;
  const SVG = "http://www.w3.org/2000/svg";
  const find = (id) => document.getElementById(id);

  const make = (name, attributes = {}, ...inside) => {
    const is = ["svg", "rect", "path", "g", "line", "title", "text"].includes(name);
    const element = is ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null) element.setAttribute(key, value);
    }
    element.append(...inside);
    return element;
  };

  // Counts beyond 2^53 come as text, so that no digit is lost.
  const exact = (value) => BigInt(value).toLocaleString("en-US");
  const scaled = (value, base, units) => {
    let amount = Number(value), unit = 0;
    while (amount >= base && unit < units.length - 1) { amount /= base; unit += 1; }
    return unit ? `${amount.toFixed(2)} ${units[unit]}` : exact(value);
  };
  const short = (value) => scaled(value, 1000, ["", "K", "M", "G", "T", "P", "E"]);
  const bytes = (value) => {
    const text = scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);
    return /^[\d,]+$/.test(text) ? `${text} B` : text;
  };
  const percent = (part, whole) => {
    const share = Number(whole) ? (100 * Number(part)) / Number(whole) : 0;
    return share && share < 0.05 ? "<0.1 %" : `${share.toFixed(share ? 1 : 0)} %`;
  };

  // Of a total that is at least so much, a part is at most so much.
  const share = (item, key) => {
    if (/^[?≥]/.test(item.marks[key])) return "?";
    const bound = data.bounds.includes(key) ? "≤" : "";
    return bound + percent(item[key], data.totals[key]);
  };

  const METRICS = {
    macs: { title: "MACs", show: short },
    params: { title: "params", show: short },
    bytes: { title: "activations", show: bytes },
  };
  const ALL = [
    { key: "name", title: "layer", text: true, fixed: true },
    { key: "kind", title: "kind", text: true },
    { key: "fields", title: "fields", text: true },
    { key: "inputs", title: "from", text: true, off: true },
    { key: "output", title: "output", text: true },
    { key: "params", title: "params", show: exact },
    { key: "params_share", of: "params", title: "params %", off: true },
    { key: "macs", title: "MACs", show: exact },
    { key: "macs_share", of: "macs", title: "MACs %" },
    { key: "bytes", title: "bytes", show: exact, off: true },
    { key: "field", title: "field", text: true, right: true, by: "seen" },
    { key: "stride", title: "stride", text: true, right: true, by: "step", off: true },
    { key: "op", title: "operation", text: true, off: true },
  ];
  const KEYS = ["name", "kind", "fields", "output", "inputs", "params", "macs", "bytes",
    "field", "stride", "views", "marks", "op"];
  const GROUP = ["name", "kind", "depth", "first", "end", "output", "params", "macs", "bytes", "marks"];
  const named = (keys, values) => Object.fromEntries(keys.map((key, at) => [key, values[at]]));
  const layers = rows.map((row, at) => ({ ...named(KEYS, row), at }));
  const blocks = groups.map((group, at) => ({ ...named(GROUP, group), block: at }));

  // Only layers of model files have a word of their source.
  const COLUMNS = ALL.filter(({ key }) => key !== "op" || layers.some((layer) => layer.op));
  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
  for (const layer of layers) {
    const view = layer.views[0];
    layer.seen = view ? product(view.axes.map((axis) => axis[1])) : 0;
    layer.step = view ? product(view.axes.map((axis) => axis[2])) : 0;
  }

  // ---- The field of the layer under the pointer, on the input.
  const panel = find("field");
  let chosen = -1;
  const span = (low, size) => (size === 1 ? `${low}` : `${low}..${low + size - 1}`);
  const AXES = { 1: ["positions"], 2: ["rows", "columns"], 3: ["slices", "rows", "columns"] };

  const drawing = (view) => {
    const size = inputs[view.input].shape.slice(1);
    const axes = view.axes.slice(-2), whole = size.slice(-2);
    const flat = whole.length === 1;
    const tall = flat ? Math.max(1, whole[0] / 8) : whole[0], wide = flat ? whole[0] : whole[1];
    const places = axes.map((axis) => ({ from: axis[0], long: axis[1] }));
    const down = flat ? { from: 0, long: tall } : places[0];
    const across = flat ? places[0] : places[1];
    const left = Math.min(0, across.from), top = Math.min(0, down.from);
    const right = Math.max(wide, across.from + across.long);
    const bottom = Math.max(tall, down.from + down.long);
    const edge = Math.max(right - left, bottom - top) * 0.02;
    const box = [left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge];
    const line = { "stroke-width": edge / 3 };
    return make("svg", { viewBox: box.join(" "), class: "view", role: "img",
      "aria-label": "the field on the input" },
    make("rect", { x: 0, y: 0, width: wide, height: tall, class: "whole", ...line }),
    make("rect", { x: across.from, y: down.from, width: across.long, height: down.long,
      class: "seen", ...line }));
  };

  const sentence = (view) => {
    const input = inputs[view.input], size = input.shape.slice(1);
    const many = inputs.length > 1 ? ` of ${input.name}` : "";
    if (!size.length) return `It depends on ${view.global ? "all" : "some"} of the input${many}.`;
    const sees = view.axes.map((axis) => axis[1]).join(" x ");
    const bound = view.bound ? "at most " : "";
    const least = view.bound ? "Units see at most" : "Every unit sees";
    if (view.global) return `${least} the whole input${many}, ${size.join(" x ")}.`;
    const unit = view.axes.map((axis) => axis[3]).join(", ");
    if (view.axes.some((axis) => !axis[1])) return `Unit ${unit} sees no pixel${many}.`;
    const names = AXES[view.axes.length] || [];
    const where = view.axes.map((axis, at) => `${names[at]} ${span(axis[0], axis[1])}`).join(", ");
    const step = view.axes.map((axis) => axis[2]).join(" x ");
    const border = view.axes.some((axis, at) => axis[0] < 0 || axis[0] + axis[1] > size[at]);
    return `Unit ${unit} sees ${bound}${sees} of ${size.join(" x ")} pixels${many}: ${where}; ` +
      `stride ${step}.${border ? " A part of that is padding." : ""}`;
  };

  const choose = (at) => {
    if (at === chosen || !layers[at]) return;
    chosen = at;
    const layer = layers[at];
    panel.hidden = false;
    find("field-name").textContent = layer.name;
    find("field-kind").textContent = `${layer.kind} ${layer.fields} → ${layer.output}`;
    const views = layer.views.filter((view) => view.axes.length);
    find("field-views").replaceChildren(...views.map(drawing));
    const said = layer.views.map(sentence);
    find("field-said").textContent = said.join(" ") || "What it sees of the input is not known.";
    document.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen"));
    document.querySelectorAll(`[data-at="${at}"]`).forEach((one) => one.classList.add("chosen"));
    mark();
  };
  find("field-close").addEventListener("click", () => { panel.hidden = true; chosen = -1; });

  // ---- The table.
  const state = { sort: null, down: true, search: "", kind: "", open: new Set(), columns: new Set() };
  // A phone has room for the name and what is asked most.
  const narrow = ["output", "params", "macs"];
  COLUMNS.forEach((column) => {
    const wanted = window.innerWidth < 600 ? narrow.includes(column.key) : !column.off;
    if (wanted) state.columns.add(column.key);
  });
  if (layers.length <= 60) blocks.forEach((block) => state.open.add(block.block));
  const head = find("head"), body = find("body"), status = find("status");
  const value = (item, column) => item[column.by || column.of || column.key];

  const local = (name, path) => {
    const around = path.length ? `${path[path.length - 1].name}.` : "";
    return around && name.startsWith(around) ? name.slice(around.length) : name;
  };

  // Layers and heads of blocks, as far as blocks are open.
  const tree = () => {
    const items = [];
    const path = [];
    let next = 0;
    for (let at = 0; at < layers.length; at += 1) {
      while (path.length && path[path.length - 1].end <= at) path.pop();
      let skipped = false;
      while (next < blocks.length && blocks[next].first <= at) {
        const block = blocks[next];
        next += 1;
        if (block.end <= at) continue;
        items.push({ item: block, path: [...path] });
        if (!state.open.has(block.block)) {
          at = block.end - 1;
          while (next < blocks.length && blocks[next].first < block.end) next += 1;
          skipped = true;
          break;
        }
        path.push(block);
      }
      if (!skipped) items.push({ item: layers[at], path: [...path] });
    }
    return items;
  };

  const wanted = () => {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    return layers.filter((layer) => {
      if (state.kind && layer.kind !== state.kind) return false;
      const text = [layer.name, layer.kind, layer.fields, layer.output, layer.op].join(" ")
        .toLowerCase();
      return words.every((word) => text.includes(word));
    });
  };

  const sorted = (found) => {
    const column = COLUMNS.find((one) => one.key === state.sort);
    if (!column) return found;
    const order = column.text && !column.by
      ? (a, b) => value(a, column).localeCompare(value(b, column), "en", { numeric: true })
      : (a, b) => Number(value(a, column)) - Number(value(b, column));
    return [...found].sort((a, b) => (state.down ? -1 : 1) * order(a, b) || a.at - b.at);
  };

  const cell = (column, item, path) => {
    if (column.of) return share(item, column.of);
    if (column.key === "name") return local(item.name, path);
    const shown = item.marks[column.key] ?? item[column.key];
    if (item.marks[column.key]) return shown;
    return shown === undefined ? "" : column.show ? column.show(shown) : shown;
  };

  const toggle = (block) => {
    if (!state.open.delete(block)) state.open.add(block);
    render();
    body.querySelector(`tr[data-block="${block}"]`)?.focus();
  };

  const line = ({ item, path }, columns) => {
    const isBlock = item.block !== undefined;
    const row = make("tr", isBlock ? { "data-block": item.block, class: "block" }
      : { "data-at": item.at, class: item.at === chosen ? "chosen" : false });
    row.tabIndex = -1;
    for (const column of columns) {
      const text = cell(column, item, path);
      if (column.key !== "name") {
        row.append(make("td", { class: column.text && !column.right ? false : "number" }, text));
        continue;
      }
      const name = make("th", { scope: "row", title: item.name });
      name.style.paddingInlineStart = `${0.6 + 1.1 * path.length + (isBlock ? 0 : 1.1)}rem`;
      if (isBlock) {
        const open = state.open.has(item.block);
        name.append(make("button", { type: "button", class: "fold", tabindex: -1,
          "aria-expanded": String(open), "aria-label": `${item.name}, block` }, open ? "▾" : "▸"));
      }
      name.append(text);
      row.append(name);
    }
    return row;
  };

  const heading = (columns) => {
    head.replaceChildren(make("tr", {}, ...columns.map((column) => {
      const on = state.sort === column.key;
      const sort = on ? (state.down ? "descending" : "ascending") : "none";
      const sign = on ? (state.down ? " ▾" : " ▴") : "";
      return make("th", { scope: "col", "aria-sort": sort,
        class: column.text && !column.right ? false : "number" },
      make("button", { type: "button", "data-sort": column.key }, column.title + sign));
    })));
  };

  // The first lines at once, the rest while nobody waits.
  const SLICE = 250;
  let pending = [];
  let ticket = 0;
  const more = (columns) => {
    const slice = pending.splice(0, SLICE);
    body.append(...slice.map((one) => line(one, columns)));
  };
  const shownColumns = () => COLUMNS.filter((one) => one.fixed || state.columns.has(one.key));
  const render = () => {
    const columns = shownColumns();
    const isTree = !state.sort && !state.search && !state.kind;
    heading(columns);
    const found = isTree ? layers : sorted(wanted());
    pending = isTree ? tree() : found.map((item) => ({ item, path: [] }));
    body.replaceChildren();
    more(columns);
    const first = body.querySelector("tr");
    if (first) first.tabIndex = 0;
    ticket += 1;
    const mine = ticket;
    const rest = () => {
      if (mine !== ticket || !pending.length) return;
      more(columns);
      requestAnimationFrame(rest);
    };
    requestAnimationFrame(rest);
    const sum = (key) => found.reduce((total, layer) => total + BigInt(layer[key]), 0n);
    status.textContent = found.length === layers.length
      ? `${exact(layers.length)} layers`
      : `${exact(found.length)} of ${exact(layers.length)} layers: ` +
        `${short(sum("params"))} params (${percent(sum("params"), data.totals.params)}), ` +
        `${short(sum("macs"))} MACs (${percent(sum("macs"), data.totals.macs)})`;
    find("none").hidden = found.length > 0;
  };
  const whole = () => { const columns = shownColumns(); while (pending.length) more(columns); };
  window.addEventListener("beforeprint", whole);

  const reveal = (at) => {
    Object.assign(state, { sort: null, search: "", kind: "" });
    find("search").value = find("kind").value = "";
    blocks.forEach((one) => { if (one.first <= at && at < one.end) state.open.add(one.block); });
    render();
    whole();
    const row = body.querySelector(`tr[data-at="${at}"]`);
    if (row) { row.scrollIntoView({ block: "center" }); move(row); }
    choose(at);
  };

  const move = (row) => {
    if (!row) return;
    body.querySelectorAll('tr[tabindex="0"]').forEach((one) => { one.tabIndex = -1; });
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const at = (event) => event.target.closest("tr");
  const show = (row) => {
    if (!row) return;
    const { at: layer, block } = row.dataset;
    choose(layer === undefined ? blocks[block].end - 1 : Number(layer));
  };
  head.addEventListener("click", (event) => {
    const key = event.target.dataset.sort;
    if (!key) return;
    const column = COLUMNS.find((one) => one.key === key);
    const first = !column.text || Boolean(column.by);
    if (state.sort !== key) Object.assign(state, { sort: key, down: first });
    else if (state.down === first) state.down = !first;
    else state.sort = null;
    render();
    head.querySelector(`[data-sort="${key}"]`).focus();
  });
  body.addEventListener("click", (event) => {
    const row = at(event);
    if (!row) return;
    if (row.dataset.block !== undefined) toggle(Number(row.dataset.block));
    else move(row);
    show(row);
  });
  // Not `pointerover`: rows that come to lie under a pointer at rest are not what is looked at.
  let under = null;
  body.addEventListener("pointermove", (event) => {
    const row = at(event);
    if (row !== under) show(row);
    under = row;
  });
  body.addEventListener("focusin", (event) => show(at(event)));
  body.addEventListener("keydown", (event) => {
    const row = at(event), block = row && row.dataset.block;
    const isOpen = block !== undefined && state.open.has(Number(block));
    const steps = {
      ArrowDown: () => { if (!row.nextSibling) whole(); move(row.nextSibling); },
      ArrowUp: () => move(row.previousSibling),
      Home: () => move(body.firstChild),
      End: () => { whole(); move(body.lastChild); },
      ArrowRight: () => block !== undefined && !isOpen && toggle(Number(block)),
      ArrowLeft: () => isOpen && toggle(Number(block)),
      Enter: () => block !== undefined && toggle(Number(block)),
      " ": () => block !== undefined && toggle(Number(block)),
    };
    if (!row || !(event.key in steps)) return;
    event.preventDefault();
    steps[event.key]();
  });

  let waiting = 0;
  find("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.search = event.target.value; render(); }, 120);
  });
  const kinds = [...new Set(layers.map((layer) => layer.kind))].sort();
  find("kind").append(...kinds.map((kind) => make("option", { value: kind }, kind)));
  find("kind").addEventListener("change", (event) => { state.kind = event.target.value; render(); });
  find("open").addEventListener("click", () => {
    blocks.forEach((block) => state.open.add(block.block));
    render();
  });
  find("fold").addEventListener("click", () => { state.open.clear(); render(); });
  if (!blocks.length) find("open").hidden = find("fold").hidden = true;
  find("columns").append(...COLUMNS.filter((one) => !one.fixed).map((column) => {
    const box = make("input", { type: "checkbox", "data-column": column.key });
    box.checked = state.columns.has(column.key);
    box.addEventListener("change", () => {
      if (box.checked) state.columns.add(column.key);
      else state.columns.delete(column.key);
      render();
    });
    return make("label", {}, box, column.title);
  }));
  document.addEventListener("keydown", (event) => {
    const isText = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !isText) { event.preventDefault(); find("search").focus(); }
    if (event.key === "Escape") find("field-close").click();
  });

  // ---- Where cost, parameters and memory lie.
  let metric = "macs";
  const strip = find("strip"), marker = make("rect", { class: "marker", y: 0, height: 100, width: 1 });
  const stages = () => {
    const top = blocks.filter((block) => block.depth === 1 && block.end > block.first);
    const items = [];
    for (let step = 0, next = 0; step < layers.length;) {
      while (next < top.length && top[next].first < step) next += 1;
      if (next < top.length && top[next].first === step) {
        items.push({ ...top[next], at: top[next].end - 1 });
        step = top[next].end;
      } else { items.push(layers[step]); step += 1; }
    }
    return items;
  };
  const bars = (list, items) => {
    const { show: written } = METRICS[metric];
    const most = Math.max(...items.map((item) => Number(item[metric])), 1);
    find(list).replaceChildren(...items.map((item) => {
      const bar = make("span", { class: "bar" });
      bar.style.width = `${(100 * Number(item[metric])) / most}%`;
      return make("li", {}, make("button", { type: "button", "data-at": item.at,
        onclick: () => reveal(item.at), onpointerover: () => choose(item.at),
        onfocus: () => choose(item.at) },
      make("span", { class: "who" }, item.name),
      make("span", { class: "much" },
        `${item.marks[metric] || written(item[metric])} · ${share(item, metric)}`),
      make("span", { class: "track" }, bar)));
    }));
  };
  const heaviest = (items, count) => [...items]
    .sort((a, b) => Number(b[metric]) - Number(a[metric]) || a.at - b.at)
    .slice(0, count).filter((item) => Number(item[metric]) > 0);
  const MOST_STAGES = 24;
  const mark = () => {
    marker.setAttribute("x", Math.max(chosen, 0));
    marker.setAttribute("width", Math.max(1, layers.length / 300));
    marker.classList.toggle("off", chosen < 0);
    strip.setAttribute("aria-valuenow", chosen + 1);
    const layer = layers[chosen];
    if (layer) strip.setAttribute("aria-valuetext",
      `${layer.name}: ${METRICS[metric].show(layer[metric])}`);
  };
  const shares = () => {
    const all = stages();
    const items = all.length > MOST_STAGES
      ? heaviest(all, MOST_STAGES).sort((a, b) => a.at - b.at) : all;
    find("stages-note").hidden = all.length <= MOST_STAGES;
    find("stages-note").textContent = `the ${items.length} heaviest of ${exact(all.length)}`;
    bars("stages", items.filter((item) => Number(item[metric]) > 0));
    bars("heaviest", heaviest(layers, 12));
    const most = Math.max(...layers.map((layer) => Number(layer[metric])), 1);
    const shape = layers.map((layer, step) => {
      const high = (100 * Number(layer[metric])) / most;
      return high ? `M${step} 100V${(100 - high).toFixed(2)}h1V100z` : "";
    }).join("");
    strip.setAttribute("viewBox", `0 0 ${layers.length} 100`);
    strip.setAttribute("aria-valuemax", layers.length);
    strip.replaceChildren(marker, make("path", { d: shape, class: "heights" }));
    find("strip-note").textContent =
      `${METRICS[metric].title} of each layer, first to last; the highest is ` +
      `${METRICS[metric].show(most)}`;
    mark();
  };
  const pointed = (event) => {
    const box = strip.getBoundingClientRect();
    const step = Math.floor(((event.clientX - box.left) / box.width) * layers.length);
    return Math.min(Math.max(step, 0), layers.length - 1);
  };
  strip.addEventListener("pointermove", (event) => choose(pointed(event)));
  strip.addEventListener("click", (event) => reveal(pointed(event)));
  strip.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10,
      PageDown: -10, Home: -layers.length, End: layers.length };
    if (event.key === "Enter") { reveal(Math.max(chosen, 0)); return; }
    if (!(event.key in steps)) return;
    event.preventDefault();
    const step = Math.max(chosen, 0) + (chosen < 0 ? 0 : steps[event.key]);
    choose(Math.min(Math.max(step, 0), layers.length - 1));
  });
  document.querySelectorAll('input[name="metric"]').forEach((input) => {
    input.addEventListener("change", () => { metric = input.value; shares(); });
  });

  // ---- The graph.
  const graph = document.querySelector("#drawing svg");
  if (graph) {
    const [, , width, height] = graph.getAttribute("viewBox").split(" ").map(Number);
    const holder = find("drawing");
    let zoom = 1;
    const fit = () => Math.min(1, holder.clientWidth / width);
    const size = (to) => {
      zoom = Math.min(Math.max(to, 0.1), 3);
      graph.setAttribute("width", width * zoom);
      graph.setAttribute("height", height * zoom);
      find("zoom").textContent = `${Math.round(100 * zoom)} %`;
    };
    find("fit").addEventListener("click", () => size(fit()));
    find("closer").addEventListener("click", () => size(zoom * 1.25));
    find("farther").addEventListener("click", () => size(zoom / 1.25));
    for (const [x, y, wide, high, last, label] of nodes) {
      const key = (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        reveal(last);
      };
      graph.append(make("rect", { x, y, width: wide, height: high, class: "node", tabindex: 0,
        role: "button", "aria-label": label, "data-at": last, onclick: () => reveal(last),
        onkeydown: key, onpointerover: () => choose(last), onfocus: () => choose(last) },
      make("title", {}, label)));
    }
    size(Math.max(fit(), 0.45));
  }

  // ---- Light and dark.
  const themes = ["auto", "light", "dark"];
  find("theme").addEventListener("click", (event) => {
    const root = document.documentElement;
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    root.dataset.theme = next;
    event.currentTarget.textContent = `Colours: ${next}`;
  });

  shares();
  render();
  document.documentElement.classList.add("ready");
})();
