// <span hidden data-local="START" data-until="END" data-zone="Europe/Paris" data-words="{time} where you are">: the same
// time on the reader's own clock, when that shows another one.
each("[data-local]", (place) => {
  const from = new Date(place.dataset.local);
  const until = new Date(place.dataset.until || place.dataset.local);
  const shown = (zone, options) => new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).formatRange(from, until);
  const exact = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" };
  if (shown(undefined, exact) === shown(place.dataset.zone, exact))
    return;
  const time = shown(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll("_", " ");
  place.textContent = fill(place.dataset.words, { time, zone });
  place.hidden = false;
});

// <span data-until-start="START" data-words="Starts in {length}" data-now="Live now">: counts down as the minutes go.
each("[data-until-start]", (place) => {
  const start = Date.parse(place.dataset.untilStart);
  const tick = () => {
    const left = (start - Date.now()) / 1000;
    place.textContent = left > 0 ? fill(place.dataset.words, { length: lengthOf(left) }) : place.dataset.now;
    if (left > 0)
      setTimeout(tick, left > 60 ? (left % 60) * 1000 + 500 : 1000);
  };
  tick();
});
