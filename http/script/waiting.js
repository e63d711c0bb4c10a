// <div data-waiting="OPENS" data-door="/j/LINK">: the time left, said aloud at a few moments only, and through the door
// when it opens. [data-left] shows it in the server's words, <a data-stop> stops it and starts it again, [data-stopped] is
// there while it is.
each("[data-waiting]", (page) => {
  const moments = [3600, 1800, 900, 600, 300, 120, 60, 30, 10]; // seconds left
  const lookAgain = 60; // seconds: the meeting may have been moved, or opened earlier
  const left = page.querySelector("[data-left]");
  const stop = document.createElement("button"); // in the place of a link that loads another page
  const link = page.querySelector("[data-stop]");
  const units = left.dataset; // data-days="{n} days", and so on
  const key = "stopped " + page.dataset.door;
  // The server's clock counts, not the reader's.
  const offset = Date.now() - Date.parse(page.dataset.now);
  const leftNow = () => (Date.parse(page.dataset.waiting) + offset - Date.now()) / 1000;
  let stopped = "stay" in page.dataset || sessionStorage.getItem(key) === "1";
  let lookedAt = Date.now();
  let before = leftNow();

  // `1 h 20 min`, `12 min`, `40 s`: whole minutes, begun ones too, until the last.
  const lengthOf = (seconds) => {
    if (seconds < 60)
      return fill(units.seconds, { n: seconds });
    const minutes = Math.ceil(seconds / 60);
    const days = Math.floor(minutes / 1440);
    const one = new Intl.PluralRules(language).select(days) === "one";
    const parts = [[days, one ? units.day : units.days], [Math.floor(minutes / 60) % 24, units.hours], [minutes % 60, units.minutes]];
    return parts.filter(([n]) => n).map(([n, words]) => fill(words, { n })).join(" ");
  };

  const show = () => {
    left.textContent = fill(units.words, { left: lengthOf(Math.max(0, Math.round(leftNow()))) });
  };

  // Asks whether the door is open. The answer of an open door leads to another site, so it only shows that it leads away.
  const look = async () => {
    lookedAt = Date.now();
    try {
      const answer = await fetch(page.dataset.door, { redirect: "manual", cache: "no-store", headers: { Accept: "text/html" } });
      if (answer.status >= 500)
        return;
      if (answer.status !== 200)
        return location.replace(page.dataset.door);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-waiting]");
      if (!fresh || fresh.dataset.waiting !== page.dataset.waiting)
        location.replace(page.dataset.door); // open, or moved: a page that says so
    } catch {
      // Not reached: the next look may.
    }
  };

  const tick = () => {
    const now = leftNow();
    show();
    if (!stopped) {
      if (now > 0 && moments.some((moment) => Math.round(before) > moment && Math.round(now) <= moment))
        say(left.textContent);
      if ((now <= 0 && Date.now() - lookedAt >= 3000) || Date.now() - lookedAt >= lookAgain * 1000)
        look();
    }
    before = now;
  };

  const set = (to) => {
    stopped = to;
    sessionStorage.setItem(key, to ? "1" : "0");
    stop.textContent = to ? link.dataset.go : link.dataset.stop;
    each("[data-stopped]", (element) => { element.hidden = !to; }, page);
    each("[data-going]", (element) => { element.hidden = to; }, page);
  };

  stop.type = "button";
  stop.className = "quiet";
  link.replaceWith(stop);
  set(stopped);
  tick();
  setInterval(tick, 1000);
  stop.addEventListener("click", () => {
    set(!stopped);
    say(page.querySelector(stopped ? "[data-stopped]" : "[data-going]").textContent);
  });
  // A tab that was asleep has missed its moments.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
});
