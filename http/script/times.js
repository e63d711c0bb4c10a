// What the reader's own clock shows from..until, when that of `zone` shows something else; else nothing.
const here = (from, until, zone) => {
  const shown = (of, options) => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...options, timeZone: of }).formatRange(from, until);
  const exact = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" };
  if (shown(undefined, exact) === shown(zone, exact))
    return "";
  return shown(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
};

// <span hidden data-local="START" data-until="END" data-zone="Europe/Paris" data-words="for you: {time}">
each("[data-local]", (place) => {
  const time = here(new Date(place.dataset.local), new Date(place.dataset.until), place.dataset.zone);
  place.textContent = fill(place.dataset.words, { time });
  place.hidden = !time;
});

// The same for a list of <time datetime="START" data-ends="END" [data-zone]>: <ul data-local-list="ZONE" data-words="...">
each("[data-local-list]", (list) => {
  each("time[data-ends]", (place) => {
    const time = here(new Date(place.dateTime), new Date(place.dataset.ends), place.dataset.zone || list.dataset.localList);
    if (!time)
      return;
    const added = document.createElement("span");
    added.className = "hint own";
    added.textContent = fill(list.dataset.words, { time });
    place.after(" ", added);
  }, list);
});
