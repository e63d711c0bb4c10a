// <textarea data-people="/people" data-found="{count} found" data-none="Nobody found" data-remove="Remove {name}">: a
// combobox (WAI-ARIA 1.2) that completes from the directory, each person a chip that can be taken away. The textarea stays
// what is sent: pieces as they were typed, so that the server reads the same with and without this.
each("textarea[data-people]", (area) => {
  const least = 3; // letters before anybody is looked for
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
      element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const listId = area.id + "-list";
  const input = make("input", { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
    autocomplete: "off", autocapitalize: "none", spellcheck: "false", inputmode: "email", enterkeyhint: "done" });
  const list = make("ul", { role: "listbox", id: listId, class: "options", hidden: "" });
  const chips = make("ul", { class: "chips" });
  const note = make("p", { class: "notice description" }); // on the page while there is something to say
  const label = document.querySelector(`label[for="${area.id}"]`);
  let pieces = [];
  let found = [];
  let active = -1;
  let asked = 0; // answers that come too late are not shown

  // What stands between separators, but for those in quotes and angle brackets: "Dupont, Jean" <j@example.org> is one.
  const cut = (text, marks) => (text.match(new RegExp(`(?:"(?:[^"\\\\]|\\\\.)*"|[“”„«»][^“”„«»\\r\\n]*[“”«»]|<[^>]*>|[^${marks}\\r\\n"<]|["<])+`, "g")) || [])
    .map((piece) => piece.trim()).filter(Boolean);
  // Several addresses with spaces between them and no name.
  const part = (piece) => (/^[^\s@<>"]+@[^\s@<>"]+(\s+[^\s@<>"]+@[^\s@<>"]+)+$/.test(piece) ? piece.split(/\s+/) : [piece]);
  // The comma of Dupont, Jean <j@example.org> (as Outlook copies) is of the name, where up to the next semicolon or line end all
  // are written so; the server, which reads it by the same rule, knows the names of lists, which this may begin with.
  const half = /(?:\([^()@]*\)|[^"“”„‟«»<>@,;(])*/u.source;
  const outlook = new RegExp(`(?:[^:]*:)?(?=[^,]*[A-Z\\u{a1}-\\u{10FFFF}])${half},(?=[^<]*\\p{L})${half}<[^<>,;@]+@[^<>,;@]+>`, "gu");
  const split = (text) => cut(text, ";").flatMap((run) => {
    const pieces = run.match(outlook) || [];
    return run.replace(outlook, "").replace(/[\s,]/g, "") || !pieces.length ? cut(run, ",").flatMap(part) : pieces.map((piece) => piece.replace(/^[\s,]+/, ""));
  });
  // Alice, Bob <bob@example.org> may be two people, where nothing of what is before the comma is in the address; the server asks
  // by the same rule (address_is_doubtful), unless each was shown here as what it is taken for.
  const doubt = (piece) => {
    const [, before, address] = /^([^"“”„‟«»<>@,;]+),[^"“”„‟«»<>@]+<([^<>@]+@[^<>]+)>$/u.exec(piece) || [];
    const local = before && address.split("@")[0].toLowerCase();
    const known = (letters) => (letters.length > 2 ? local.includes(letters) : local.split(/[^a-z]+/).includes(letters));
    return before && !(before.toLowerCase().match(/[a-z]{2,}/g) || []).some(known) && fill(area.dataset.one, { name: nameOf(piece), mail_shown: address });
  };
  const nameOf = (piece) => piece.replace(/\s*<[^>]*>\s*$/, "").replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1") || piece;
  const written = (person) => {
    if (!person.mail)
      return person.name;
    const name = (person.name || "").replace(/["\\]/g, "\\$&");
    return name ? `"${name}" <${person.mail}>` : person.mail;
  };

  const keep = () => {
    area.value = [...pieces, ...split(input.value)].join("\n");
  };

  const draw = () => {
    chips.replaceChildren(...pieces.map((piece, index) => {
      const name = nameOf(piece);
      const remove = make("button", { type: "button", "aria-label": fill(area.dataset.remove, { name }), title: piece }, "×");
      remove.addEventListener("click", () => {
        pieces.splice(index, 1);
        draw();
        (chips.querySelectorAll("button")[index] || input).focus();
      });
      return make("li", {}, make("bdi", {}, name), remove);
    }));
    chips.hidden = !pieces.length;
    const doubts = pieces.map(doubt).filter(Boolean).join("\n");
    if (note.textContent !== doubts) {
      note.textContent = doubts;
      if (doubts)
        chips.after(note);
      else
        note.remove();
      say(doubts);
    }
    keep();
  };

  const close = () => {
    found = [];
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const add = (text) => {
    pieces.push(...split(text).filter((piece) => !pieces.includes(piece)));
    input.value = "";
    asked++;
    close();
    draw();
  };

  const mark = (to) => {
    active = (to + found.length) % found.length;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
    input.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  };

  const open = (people) => {
    const chosen = found[active]; // by the arrows, before this answer came
    close();
    say(people.length ? fill(area.dataset.found, { count: people.length }) : area.dataset.none);
    if (!people.length)
      return;
    found = people;
    list.replaceChildren(...people.map((person, index) => {
      const option = make("li", { role: "option", id: `${listId}-${index}`, "aria-selected": "false" },
        make("bdi", {}, person.name || person.mail), ...(person.mail && person.name ? [make("small", {}, person.mail)] : []));
      option.addEventListener("mousedown", (event) => {
        event.preventDefault(); // the field keeps the focus
        add(written(person));
      });
      return option;
    }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const again = people.findIndex((person) => chosen && person.mail === chosen.mail && person.name === chosen.name);
    if (again >= 0)
      mark(again);
  };

  const look = async () => {
    const number = ++asked;
    const letters = input.value.trim();
    if (letters.length < least || letters.includes("<"))
      return close();
    try {
      const answer = await fetch(`${area.dataset.people}?q=${encodeURIComponent(letters)}`, { headers: { Accept: "application/json" } });
      const { results } = answer.ok ? await answer.json() : { results: [] };
      if (number === asked && document.activeElement === input)
        open(results);
    } catch {
      close(); // typed in full, it is as good
    }
  };

  // What a key does; false: what it does everywhere.
  const keys = {
    ArrowDown: () => found.length > 0 && (mark(active + 1), true),
    ArrowUp: () => found.length > 0 && (mark(active < 0 ? -1 : active - 1), true),
    Escape: () => {
      const open = found.length > 0;
      asked++;
      close();
      return open;
    },
    Enter: () => (add(active >= 0 ? written(found[active]) : input.value), true),
    Backspace: () => {
      if (input.value || !pieces.length)
        return false;
      input.value = pieces.pop();
      draw();
      return true;
    },
  };
  input.addEventListener("keydown", (event) => {
    if (!event.isComposing && keys[event.key]?.())
      event.preventDefault();
  });
  input.addEventListener("input", () => {
    if (/[,;\n]$/.test(input.value) && split(input.value).some((piece) => piece.includes("@")))
      return add(input.value);
    keep();
    return look();
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (/[,;\n]/.test(text)) {
      event.preventDefault();
      add(input.value + text);
    }
  });
  const leave = () => {
    close();
    if (input.value.includes("@"))
      add(input.value);
  };
  // A chip that appears while a button is pressed would move that away from under the pointer, and the click be lost.
  let pressed = false;
  addEventListener("pointerdown", () => { pressed = true; }, true);
  for (const end of ["pointerup", "pointercancel"])
    addEventListener(end, () => { pressed = false; }, true);
  input.addEventListener("blur", () => {
    if (pressed)
      addEventListener("pointerup", () => setTimeout(leave), { once: true });
    else
      leave();
  });

  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (area.hasAttribute(name))
      input.setAttribute(name, area.getAttribute(name));
  }
  // Links of the error summary and the label lead to what can be typed into.
  input.id = area.id;
  area.id += "-sent";
  area.hidden = true;
  if (label)
    list.setAttribute("aria-label", label.textContent);
  area.before(make("div", { class: "people" }, chips, input, list), make("input", { type: "hidden", name: "chips", value: "yes" }));
  add(area.value);
});
