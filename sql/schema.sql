-- What JMB keeps: version 1 of the schema. A new database gets this file and then the migrations NNN-name.sql, so this
-- file is never changed once it was released: a change is a migration.
--
-- Times are UTC seconds since 1970 and end in _at, milliseconds end in _ms. Truth is 0 or 1. Mail addresses are kept as
-- they were typed and compared without case. What leaves the house as a name (ref, uid, link) is random, never an id.
-- Rules live here, as constraints, so that no verb can break them; what a page asks often has an index made for it
-- (tests/sql/test_store_plans.c keeps it so). A CHECK of more than two words is written with OR: for IN, SQLite makes a
-- table of them each time a row is stored, which was half of an answer's UPDATE. In meeting and attendee the columns
-- that lists and feeds read stand first: SQLite goes through the head of a row up to the last one that is asked for.

PRAGMA application_id = 0x4A4D4231; -- 'JMB1'

-- The keys that links of this database were signed with (never the keys themselves). jmbd refuses to start when one that
-- signed is gone: its links would all be dead, and nobody would know before the first guest stands outside.
CREATE TABLE link_key (
    fingerprint TEXT PRIMARY KEY,
    signed INTEGER NOT NULL CHECK (signed IN (0, 1)) -- was first in the key file, so links were made with it
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------------------------------------------------- people --

-- One who signed in, or may.
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    mail TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (mail <> ''),
    uid TEXT COLLATE NOCASE, -- of the directory
    name TEXT,
    language TEXT, -- NULL: the site's
    tz TEXT, -- NULL: the site's
    may_book INTEGER NOT NULL DEFAULT 0 CHECK (may_book IN (0, 1)), -- by the directory's flag, or by a group at sign-in
    source TEXT NOT NULL DEFAULT 'sign-in'
        CHECK (source = 'sign-in' OR source = 'directory' OR source = 'admin'
            OR source = 'gone'), -- the directory has it no more, its meetings stay
    answer_mails INTEGER NOT NULL DEFAULT 1 CHECK (answer_mails IN (0, 1)), -- told at once of answers to own meetings
    seen INTEGER NOT NULL DEFAULT 0, -- the import that named it last
    link BLOB NOT NULL UNIQUE CHECK (length(link) = 8), -- of the personal feed
    answers_at INTEGER NOT NULL DEFAULT 0, -- of the newest answer of theirs, or to a meeting of theirs, for that feed
    signed_in_at INTEGER NOT NULL DEFAULT 0, -- last, in whatever way; 0: never
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX person_by_uid ON person (uid) WHERE uid IS NOT NULL;
CREATE INDEX person_unseen ON person (seen) WHERE source = 'directory';

-- The words of a person (name, uid, local parts of the addresses) by their first letters, special letters and accents folded; rowid: person.
CREATE VIRTUAL TABLE person_words USING fts5 (words, tokenize = 'unicode61 remove_diacritics 2', prefix = '3 4 5');

-- Other addresses of the same person.
CREATE TABLE alias (
    mail TEXT PRIMARY KEY COLLATE NOCASE CHECK (mail <> ''),
    person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_person ON alias (person);

-- Distribution lists of the site: a name that stands for addresses in a booking.
CREATE TABLE list (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (name <> '')
) STRICT;
CREATE TABLE list_member (
    list INTEGER NOT NULL REFERENCES list ON DELETE CASCADE,
    mail TEXT NOT NULL COLLATE NOCASE CHECK (mail <> ''),
    name TEXT,
    seen INTEGER NOT NULL DEFAULT 0, -- the import that named it last
    PRIMARY KEY (list, mail)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_member_unseen ON list_member (seen);
CREATE VIRTUAL TABLE list_words USING fts5 (words, tokenize = 'unicode61 remove_diacritics 2', prefix = '3 4 5');

-- Who may act for whom: see, change and cancel that person's meetings.
CREATE TABLE deputy (
    person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
    deputy INTEGER NOT NULL REFERENCES person ON DELETE CASCADE CHECK (deputy <> person),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person, deputy)
) STRICT, WITHOUT ROWID;
CREATE INDEX deputy_by_deputy ON deputy (deputy);

-- A room of somebody's own, made when it is asked for first; it opens when they come in.
CREATE TABLE personal_room (
    person INTEGER PRIMARY KEY REFERENCES person ON DELETE CASCADE,
    node TEXT NOT NULL UNIQUE CHECK (node <> ''), -- of the room's address
    ref TEXT NOT NULL UNIQUE, -- context.user.id of the owner's token there
    created_at INTEGER NOT NULL
) STRICT;

-- Sessions of browsers. The cookie is the link of this id, so it takes the key as well as the row.
CREATE TABLE session (
    id BLOB PRIMARY KEY CHECK (length(id) = 8),
    person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_end ON session (expires_at);

-- Sign-ins by link that were asked for.
CREATE TABLE sign_in (
    link BLOB PRIMARY KEY CHECK (length(link) = 8),
    mail TEXT NOT NULL COLLATE NOCASE CHECK (mail <> ''), -- of a person, or of one who becomes one by it
    browser BLOB CHECK (length(browser) = 8), -- the cookie of the browser that asked; NULL: any browser
    known BLOB CHECK (length(known) = 8), -- the name of that browser, when it had signed in as that person before
    allowed INTEGER NOT NULL DEFAULT 1 CHECK (allowed IN (0, 1)), -- 0: asked for a stranger, kept to count it
    quiet INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1)), -- 1: enough letters had left; the codes of those sign in
    code TEXT, -- shown by the link in another browser, typed into the one that asked
    tries INTEGER NOT NULL DEFAULT 0, -- of the code, wrong ones
    address TEXT, -- of the client that asked, where it is known
    next TEXT, -- local path to go on to
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_by_end ON sign_in (expires_at);
CREATE INDEX sign_in_by_mail ON sign_in (mail, created_at);
CREATE INDEX sign_in_by_address ON sign_in (address, created_at) WHERE address IS NOT NULL;
CREATE INDEX sign_in_by_browser ON sign_in (browser, created_at) WHERE browser IS NOT NULL;

-- What was typed into a form by somebody whose session was over, until that person has signed in again in that browser.
CREATE TABLE kept_form (
    browser BLOB PRIMARY KEY CHECK (length(browser) = 8),
    person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
    path TEXT NOT NULL, -- of the page with the form
    body TEXT NOT NULL, -- as the browser sent it
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_form_by_person ON kept_form (person);
CREATE INDEX kept_form_by_end ON kept_form (expires_at);

----------------------------------------------------------------------------------------------------------- meetings --

-- One occurrence. A series is one uid and a row an occurrence, told apart by recurrence_id.
CREATE TABLE meeting (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    uid TEXT NOT NULL,
    recurrence_id TEXT NOT NULL DEFAULT '', -- RFC 5545 3.8.4.4; '' for a meeting that is none of a series
    room TEXT NOT NULL CHECK (room <> ''), -- the node of the room's address
    shared_link BLOB NOT NULL UNIQUE CHECK (length(shared_link) = 8), -- of the address that everybody may have
    subject TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    organiser INTEGER NOT NULL REFERENCES person ON DELETE RESTRICT,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    tz TEXT NOT NULL,
    language TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'confirmed' CHECK (status IN ('confirmed', 'cancelled')),
    sequence INTEGER NOT NULL DEFAULT 0, -- RFC 5546 2.1.4
    revision INTEGER NOT NULL DEFAULT 0, -- rises with each edit: a form made from an older one is told so
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, -- of what its calendar event says (answers have their own)
    answers_at INTEGER NOT NULL DEFAULT 0, -- of the newest answer while guests see the list, for the feeds of those
    cancelled_at INTEGER,
    -- options
    mail_reminders TEXT NOT NULL DEFAULT '', -- seconds before the start, with commas between; '': none
    lobby INTEGER NOT NULL CHECK (lobby IN (0, 1)),
    guests_wait INTEGER NOT NULL CHECK (guests_wait IN (0, 1)),
    opens_before INTEGER NOT NULL CHECK (opens_before >= 0),
    guests_before INTEGER NOT NULL CHECK (guests_before >= 0),
    grace INTEGER NOT NULL CHECK (grace >= 0),
    at_end TEXT NOT NULL CHECK (at_end = 'none' OR at_end = 'warn' OR at_end = 'close'),
    maximum INTEGER NOT NULL CHECK (maximum >= 0), -- 0: no bound
    password TEXT,
    shared INTEGER NOT NULL DEFAULT 1 CHECK (shared IN (0, 1)), -- its one address for everybody works
    room_reminders TEXT NOT NULL, -- seconds before the end, likewise
    show_guests INTEGER NOT NULL DEFAULT 0 CHECK (show_guests IN (0, 1)), -- guests see who else is invited
    --
    form TEXT, -- the random name of the form it was booked by: the same form twice is one meeting
    change_form TEXT, -- and of the form it was edited by last: the same form twice is one edit
    cancelled_by INTEGER REFERENCES person ON DELETE SET NULL,
    cancel_reason TEXT,
    -- when anybody at all may be in the room
    opens_at INTEGER NOT NULL GENERATED ALWAYS AS (starts_at - max(opens_before, guests_before)) VIRTUAL,
    closes_at INTEGER NOT NULL GENERATED ALWAYS AS (ends_at + grace) VIRTUAL,
    UNIQUE (uid, recurrence_id)
) STRICT;
CREATE UNIQUE INDEX meeting_by_form ON meeting (organiser, form) WHERE form IS NOT NULL;
CREATE INDEX meeting_by_organiser ON meeting (organiser, starts_at);
CREATE INDEX meeting_by_room ON meeting (room, starts_at);
CREATE INDEX meeting_by_opening ON meeting (opens_at);
-- The longest one says how far back the start of a meeting can lie that is not over yet: that bounds every list.
CREATE INDEX meeting_by_length ON meeting (closes_at - opens_at);
CREATE INDEX meeting_by_canceller ON meeting (cancelled_by) WHERE cancelled_by IS NOT NULL;

-- One invited; the organiser is one too. A removed one keeps its row, so that its link gets an honest answer.
CREATE TABLE attendee (
    id INTEGER PRIMARY KEY,
    meeting INTEGER NOT NULL REFERENCES meeting ON DELETE CASCADE,
    ref TEXT NOT NULL UNIQUE, -- context.user.id of the token: everybody in the room sees it
    mail TEXT NOT NULL COLLATE NOCASE CHECK (mail <> ''),
    name TEXT,
    role TEXT NOT NULL CHECK (role = 'guest' OR role = 'moderator' OR role = 'organiser'),
    partstat TEXT NOT NULL DEFAULT 'needs-action'
        CHECK (partstat = 'needs-action' OR partstat = 'accepted' OR partstat = 'tentative'
            OR partstat = 'declined'), -- RFC 5545 3.2.12
    -- copied from the meeting by the trigger below, so that a person's list is a walk along one index
    starts_at INTEGER NOT NULL,
    list_shown INTEGER NOT NULL DEFAULT 0 CHECK (list_shown IN (0, 1)), -- meeting.show_guests
    -- when anything changed that this person's feed shows of the meeting, but for answers: they would have the index
    -- below written anew for each, and person.answers_at tells of them
    changed_at INTEGER NOT NULL,
    removed_at INTEGER,
    link BLOB NOT NULL UNIQUE CHECK (length(link) = 8), -- of join and invitation
    answered_at INTEGER,
    comment TEXT,
    replied_at INTEGER, -- DTSTAMP of the newest answer that came by mail, by that calendar's clock
    reset_at INTEGER, -- when the last answer stopped to count: the meeting moved, or the person came back
    reset_sequence INTEGER, -- meeting.sequence then: who answers what was sent before answers something else
    added_revision INTEGER NOT NULL DEFAULT 0, -- meeting.revision that added them last
    removed_revision INTEGER, -- meeting.revision that removed them
    -- what that person was last told by mail (NULL: nothing): a change letter is told against it
    told_at INTEGER,
    told_revision INTEGER, -- meeting.revision then
    told_status TEXT CHECK (told_status IN ('confirmed', 'cancelled')),
    told_sequence INTEGER,
    told_subject TEXT,
    told_starts_at INTEGER,
    told_ends_at INTEGER,
    told_role TEXT,
    told_organiser INTEGER, -- person.id
    told_description INTEGER, -- a hash
    told_password TEXT,
    reminders_off INTEGER NOT NULL DEFAULT 0 CHECK (reminders_off IN (0, 1)), -- wants none by mail for this meeting
    UNIQUE (meeting, mail)
) STRICT;
CREATE UNIQUE INDEX attendee_one_organiser ON attendee (meeting) WHERE role = 'organiser';
-- A person's invitations in the order of time; meetings of one's own come from meeting_by_organiser.
CREATE INDEX attendee_by_time ON attendee (mail, starts_at, meeting) WHERE role <> 'organiser' AND removed_at IS NULL;
-- Those of them that show who else is invited, and so change with the answers of others.
CREATE INDEX attendee_shown ON attendee (mail, starts_at, meeting)
    WHERE list_shown AND role <> 'organiser' AND removed_at IS NULL;
CREATE INDEX attendee_by_change ON attendee (mail, changed_at);
CREATE INDEX attendee_answers ON attendee (meeting, partstat, role, removed_at) WHERE role <> 'organiser' AND removed_at IS NULL;

CREATE TRIGGER meeting_changed AFTER UPDATE OF starts_at, show_guests, updated_at ON meeting BEGIN
    UPDATE attendee SET starts_at = NEW.starts_at, list_shown = NEW.show_guests,
        changed_at = max(changed_at, NEW.updated_at) WHERE meeting = NEW.id;
END;

-- Everybody's feed names the organisers of what they are invited to; what is long over is read no more.
CREATE TRIGGER organiser_renamed AFTER UPDATE OF name, mail ON person WHEN NEW.name IS NOT OLD.name OR NEW.mail <> OLD.mail
BEGIN
    UPDATE attendee SET changed_at = max(changed_at, NEW.updated_at), name = iif(role = 'organiser', NEW.name, name)
        WHERE meeting IN (SELECT id FROM meeting WHERE organiser = NEW.id AND starts_at > NEW.updated_at - 366 * 86400);
END;

-- An answer that a move of the meeting made void, with what counts for answers by mail, until its attendee hears of the
-- move or answers again: when the meeting moves back to these times before that, it counts again.
CREATE TABLE kept_answer (
    attendee INTEGER PRIMARY KEY REFERENCES attendee ON DELETE CASCADE,
    starts_at INTEGER NOT NULL, -- of the meeting that was answered
    ends_at INTEGER NOT NULL,
    partstat TEXT NOT NULL,
    answered_at INTEGER,
    comment TEXT,
    replied_at INTEGER,
    reset_at INTEGER,
    reset_sequence INTEGER
) STRICT;

-- What time brings to a room: planned with its meeting, or ordered by somebody and due at once.
CREATE TABLE reminder (
    id INTEGER PRIMARY KEY,
    meeting INTEGER REFERENCES meeting ON DELETE CASCADE, -- NULL: ordered for a room without a booking
    room TEXT CHECK (room <> ''), -- the node of the room's address; NULL: the meeting's
    kind TEXT NOT NULL CHECK (
        kind = 'room' OR -- say that it ends soon
        kind = 'last' OR -- say that it closes in a minute
        kind = 'end' OR -- close the room
        kind = 'say' OR -- say what somebody typed
        kind = 'stop' -- close the room now
    ),
    before INTEGER NOT NULL, -- seconds before the end that it was planned for
    text TEXT, -- typed by somebody
    form TEXT, -- the random name of the form it was typed in: the same form twice is said once
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state = 'waiting' OR state = 'done' OR state = 'dropped'),
    said INTEGER, -- how many heard it
    done_at INTEGER,
    CHECK (meeting IS NOT NULL OR room IS NOT NULL),
    CHECK (kind IN ('say', 'stop') OR meeting IS NOT NULL),
    CHECK (kind <> 'say' OR text <> '')
) STRICT;
CREATE INDEX reminder_waiting ON reminder (due_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX reminder_by_form ON reminder (meeting, form) WHERE form IS NOT NULL;
CREATE INDEX reminder_by_meeting ON reminder (meeting) WHERE meeting IS NOT NULL;
-- One of a kind waits: what was said of an end that moved later is no reason to be silent about the new one.
CREATE UNIQUE INDEX reminder_planned ON reminder (meeting, kind, before)
    WHERE state = 'waiting' AND (kind = 'room' OR kind = 'last' OR kind = 'end');

-- The queue of mail, and its history. Rendered when it is sent; a retry is the same message_id.
CREATE TABLE letter (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (
        kind = 'invitation' OR
        kind = 'change' OR -- and whoever was never told gets an invitation instead
        kind = 'role' OR -- the same, when only the role was changed
        kind = 'people' OR -- a change of who is invited, to the organiser
        kind = 'removal' OR
        kind = 'cancellation' OR
        kind = 'reminder' OR
        kind = 'answer' OR -- of the attendee, to the organiser
        kind = 'summary' OR -- of the attendance, to the organiser
        kind = 'forward' OR -- what somebody wrote back, handed on to the organiser
        kind = 'sign-in'
    ),
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)), -- somebody waits for it
    recipient TEXT NOT NULL COLLATE NOCASE CHECK (recipient <> ''),
    language TEXT, -- when it was settled as the letter was made
    meeting INTEGER REFERENCES meeting ON DELETE CASCADE,
    attendee INTEGER REFERENCES attendee ON DELETE CASCADE,
    sign_in BLOB REFERENCES sign_in ON DELETE CASCADE,
    organiser INTEGER REFERENCES person ON DELETE SET NULL, -- who caused it: there is a limit to a day; NULL: nobody
    words TEXT, -- of 'forward': what they wrote
    words_from TEXT, -- and whose words they are, as their mail program named them
    said_by TEXT, -- whose answer their calendar sent, which is not counted
    said TEXT CHECK (said IN ('accepted', 'tentative', 'declined')),
    unread TEXT CHECK (unread IN ('encrypted', 'outlook')), -- what of it could not be read
    guessed INTEGER NOT NULL DEFAULT 0 CHECK (guessed IN (0, 1)), -- which meeting it is about
    delegate TEXT, -- who shall come in their place
    proposed INTEGER, -- another start that they propose, on the wall of
    proposed_zone TEXT, -- this zone, as they call it
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (
        state = 'waiting' OR
        state = 'sent' OR -- the relay took it, which is not: delivered
        state = 'failed' OR
        state = 'bounced' OR -- sent, and then a later server sent it back
        state = 'dropped'
    ),
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT, -- the server's words
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER,
    CHECK ((kind = 'sign-in') = (sign_in IS NOT NULL)),
    CHECK ((kind = 'sign-in') = (meeting IS NULL)),
    CHECK ((kind = 'forward') = (words IS NOT NULL))
) STRICT;
CREATE INDEX letter_waiting ON letter (urgent, due_at) WHERE state = 'waiting';
CREATE INDEX letter_failed ON letter (done_at) WHERE state = 'failed';
CREATE INDEX letter_by_meeting ON letter (meeting, recipient) WHERE meeting IS NOT NULL;
CREATE INDEX letter_by_organiser ON letter (organiser, done_at) WHERE organiser IS NOT NULL;
CREATE INDEX letter_by_attendee ON letter (attendee) WHERE attendee IS NOT NULL;
CREATE INDEX letter_by_sign_in ON letter (sign_in) WHERE sign_in IS NOT NULL;

-- Letters that time brings: a row becomes a letter to each reader when it is due.
CREATE TABLE letter_plan (
    meeting INTEGER NOT NULL REFERENCES meeting ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('reminder', 'summary')),
    before INTEGER NOT NULL, -- seconds before the start, of a reminder
    due_at INTEGER NOT NULL,
    PRIMARY KEY (meeting, kind, before)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_plan_by_time ON letter_plan (due_at);

-- Who wants no reminders by mail, of any meeting.
CREATE TABLE reminder_stop (
    mail TEXT PRIMARY KEY COLLATE NOCASE CHECK (mail <> ''),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-------------------------------------------------------------------------------------------------------------- rooms --

-- The numbered events of one boot of one Prosody.
CREATE TABLE stream (
    id INTEGER PRIMARY KEY, -- rises: an older boot has a smaller one
    prosody TEXT NOT NULL, -- NAME of the configuration's section
    boot TEXT NOT NULL,
    last INTEGER, -- number of the newest event stored; NULL: a snapshot is awaited
    snapshot INTEGER NOT NULL DEFAULT 0, -- counts the snapshots asked for
    heartbeat_ms INTEGER NOT NULL, -- until then what is stored was true
    -- What is to be added to Prosody's clock to get ours, and what that may have become since late_since_ms (clock.c).
    offset_ms INTEGER NOT NULL DEFAULT 0,
    late_ms INTEGER NOT NULL DEFAULT 0,
    late_since_ms INTEGER,
    UNIQUE (prosody, boot)
) STRICT;

-- One life of a room under an address.
CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    instance TEXT NOT NULL,
    address TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind = 'main' OR kind = 'breakout' OR kind = 'lobby'),
    main TEXT, -- address of the main room, of a breakout or lobby
    node TEXT NOT NULL, -- of the main room's address: meeting.room
    meeting INTEGER REFERENCES meeting ON DELETE SET NULL,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER, -- when the last person left, though a recorder may have stayed
    uncertain INTEGER NOT NULL DEFAULT 0 CHECK (uncertain IN (0, 1)), -- the end was not seen but concluded
    reflects INTEGER NOT NULL DEFAULT 0, -- events up to this number are in it: from a snapshot
    snapshot INTEGER NOT NULL DEFAULT 0, -- stream.snapshot that named it last
    UNIQUE (stream, instance)
) STRICT;
CREATE INDEX room_open ON room (node) WHERE closed_ms IS NULL;
CREATE INDEX room_open_of_stream ON room (stream) WHERE closed_ms IS NULL;
CREATE INDEX room_by_meeting ON room (meeting) WHERE meeting IS NOT NULL;
CREATE INDEX room_unbooked ON room (closed_ms) WHERE meeting IS NULL AND closed_ms IS NOT NULL;

-- One stay of one occupant. What the token says is believed; what the client says of itself is kept apart from it.
CREATE TABLE visit (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room ON DELETE CASCADE,
    meeting INTEGER REFERENCES meeting ON DELETE CASCADE, -- the room's
    attendee INTEGER REFERENCES attendee ON DELETE SET NULL, -- whose token it was, when it is one of this meeting
    person INTEGER REFERENCES person ON DELETE SET NULL, -- whose login it was, or whose personal room's token
    nick TEXT NOT NULL,
    jid TEXT,
    token_user TEXT,
    token_name TEXT, -- or that of the person whose login it is
    login TEXT, -- bare JID, on hosts where a login says who somebody is
    name TEXT, -- the newest display name; older ones are in visit_name
    room_kind TEXT NOT NULL CHECK (room_kind = 'main' OR room_kind = 'breakout' OR room_kind = 'lobby'),
    kind TEXT NOT NULL CHECK (kind IN ('participant', 'phone')),
    prosody_ms INTEGER NOT NULL, -- joined_ms by Prosody's clock: a snapshot names the visit by it
    joined_ms INTEGER NOT NULL,
    left_ms INTEGER CHECK (left_ms >= joined_ms),
    uncertain INTEGER NOT NULL DEFAULT 0 CHECK (uncertain IN (0, 1)), -- a bound was not seen but concluded
    moderator INTEGER NOT NULL DEFAULT 0 CHECK (moderator IN (0, 1)), -- at any time of the visit
    snapshot INTEGER NOT NULL DEFAULT 0 -- stream.snapshot that named it last
) STRICT;
CREATE UNIQUE INDEX visit_open_once ON visit (room, nick) WHERE left_ms IS NULL;
CREATE INDEX visit_by_room ON visit (room);
CREATE INDEX visit_in_doubt ON visit (room, nick) WHERE uncertain = 1;
CREATE INDEX visit_in_doubt_since ON visit (room, prosody_ms) WHERE uncertain = 1;
CREATE INDEX visit_by_meeting ON visit (meeting, joined_ms) WHERE meeting IS NOT NULL;
CREATE INDEX visit_by_attendee ON visit (attendee, joined_ms) WHERE attendee IS NOT NULL;
CREATE INDEX visit_by_person ON visit (person) WHERE person IS NOT NULL;
CREATE INDEX visit_now ON visit (meeting, room_kind) WHERE left_ms IS NULL;
CREATE INDEX visit_unbooked ON visit (left_ms) WHERE meeting IS NULL AND left_ms IS NOT NULL;

-- Display names that a visit had before the one it has now; the first hundred.
CREATE TABLE visit_name (
    visit INTEGER NOT NULL REFERENCES visit ON DELETE CASCADE,
    until_ms INTEGER NOT NULL,
    name TEXT
) STRICT;
CREATE INDEX visit_name_by_visit ON visit_name (visit);

-- When somebody became moderator during a visit (1), or stopped being one (0).
CREATE TABLE visit_role (
    visit INTEGER NOT NULL REFERENCES visit ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    moderator INTEGER NOT NULL CHECK (moderator IN (0, 1))
) STRICT;
CREATE INDEX visit_role_by_visit ON visit_role (visit);

-- Whom the module sent away, and why. The same person for the same reason again soon is the same row, and of people whom
-- nobody vouches for only so many an hour have rows of their own (sql/refusals.c): who knocks all day fills no disk.
CREATE TABLE refusal (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
    address TEXT, -- NULL: of `others`
    meeting INTEGER REFERENCES meeting ON DELETE CASCADE,
    attendee INTEGER REFERENCES attendee ON DELETE SET NULL,
    jid TEXT, -- the newest
    token_user TEXT,
    token_name TEXT,
    login TEXT,
    name TEXT,
    reason TEXT NOT NULL,
    observed INTEGER NOT NULL DEFAULT 0 CHECK (observed IN (0, 1)), -- would have been sent away, and came in
    others INTEGER NOT NULL DEFAULT 0 CHECK (others IN (0, 1)), -- of whom only the number is known
    times INTEGER NOT NULL DEFAULT 1,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL CHECK (last_ms >= first_ms)
) STRICT;
CREATE INDEX refusal_by_stream ON refusal (stream);
CREATE INDEX refusal_by_who ON refusal (address, coalesce(token_user, login, name)) WHERE others = 0;
CREATE INDEX refusal_of_others ON refusal (meeting, first_ms) WHERE others = 1;
CREATE INDEX refusal_by_meeting ON refusal (meeting, first_ms);
CREATE INDEX refusal_unbooked ON refusal (last_ms) WHERE meeting IS NULL;
CREATE INDEX refusal_by_attendee ON refusal (attendee) WHERE attendee IS NOT NULL;

-- What the organiser says against what was seen: somebody was there, was not, or was somebody else.
CREATE TABLE correction (
    id INTEGER PRIMARY KEY,
    meeting INTEGER NOT NULL REFERENCES meeting ON DELETE CASCADE,
    visit INTEGER REFERENCES visit ON DELETE CASCADE, -- NULL: a stay that nobody saw
    attendee INTEGER REFERENCES attendee ON DELETE CASCADE, -- who it really was
    joined_ms INTEGER,
    left_ms INTEGER CHECK (left_ms >= joined_ms),
    reason TEXT,
    by_person INTEGER REFERENCES person ON DELETE SET NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX correction_by_meeting ON correction (meeting);
CREATE INDEX correction_by_visit ON correction (visit) WHERE visit IS NOT NULL;
CREATE INDEX correction_by_attendee ON correction (attendee) WHERE attendee IS NOT NULL;
CREATE INDEX correction_by_person ON correction (by_person) WHERE by_person IS NOT NULL;

----------------------------------------------------------------------------------------------------------- the rest --

-- Addresses of the predecessor that still hang in calendars.
CREATE TABLE legacy_link (
    hash TEXT PRIMARY KEY,
    attendee INTEGER REFERENCES attendee ON DELETE CASCADE,
    person INTEGER REFERENCES person ON DELETE CASCADE,
    CHECK ((attendee IS NULL) <> (person IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX legacy_link_by_attendee ON legacy_link (attendee) WHERE attendee IS NOT NULL;
CREATE INDEX legacy_link_by_person ON legacy_link (person) WHERE person IS NOT NULL;

-- Figures of a day that outlive the rows they were counted from.
CREATE TABLE day_total (
    day TEXT NOT NULL, -- YYYY-MM-DD in the site's zone
    what TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (day, what)
) STRICT, WITHOUT ROWID;

-- Who did what, and what it was before.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who INTEGER REFERENCES person ON DELETE SET NULL, -- NULL: nobody who signed in; jmbd itself when by_name is NULL too
    by_name TEXT, -- what they were known by then: a mail address, jmbctl
    what TEXT NOT NULL,
    meeting INTEGER REFERENCES meeting ON DELETE CASCADE,
    revision INTEGER, -- of the meeting, after the act
    attendee INTEGER REFERENCES attendee ON DELETE SET NULL, -- whom it was done to
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX audit_by_meeting ON audit (meeting, revision) WHERE meeting IS NOT NULL;
CREATE INDEX audit_by_attendee ON audit (attendee) WHERE attendee IS NOT NULL;
CREATE INDEX audit_by_person ON audit (who) WHERE who IS NOT NULL;
