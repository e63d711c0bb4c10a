// Reads calendars by ical.js, what Thunderbird reads them with, in its strict mode: node read_calendars.mjs FILE...
// Prints as JSON a list for each file: its events, with instants in seconds since 1970.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

ICAL.design.strict = true;

function readEvent(component) {
    const event = new ICAL.Event(component);
    for (const time of [event.startDate, event.endDate]) {
        if (time.zone === ICAL.Timezone.localTimezone)
            throw new Error(`${event.uid}: a time in no zone`);
    }
    const mail = (value) => value.toLowerCase().replace(/^mailto:/, "");
    return {
        uid: event.uid,
        summary: event.summary,
        starts: event.startDate.toUnixTime(),
        ends: event.endDate.toUnixTime(),
        zone: event.startDate.zone.tzid,
        sequence: event.sequence,
        status: component.getFirstPropertyValue("status"),
        organizer: mail(event.organizer),
        answers: Object.fromEntries(event.attendees.map((one) => [mail(one.getFirstValue()), one.getParameter("partstat")])),
        url: component.getFirstPropertyValue("url"),
        description: component.getFirstPropertyValue("description"),
        alarms: component.getAllSubcomponents("valarm").map((alarm) => alarm.getFirstPropertyValue("trigger").toSeconds()),
    };
}

function readFile(path) {
    ICAL.TimezoneService.reset(); // the calendar's own zones, and no others
    const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
    for (const zone of calendar.getAllSubcomponents("vtimezone"))
        ICAL.TimezoneService.register(zone);
    return calendar.getAllSubcomponents("vevent").map(readEvent);
}

console.log(JSON.stringify(process.argv.slice(2).map(readFile)));
