/* Lists of addresses: a scanner that only finds where names and addresses begin and end. The parts are read
 * by address_mail.c and address_name.c. */
#include "proto/addresses.h"

#include "proto/address_parts.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>

enum { QUOTED_MOST = 256 };

/* Where the scanner is. A segment is what stands between two separators. */
struct scanner {
    struct arena *arena;
    struct addresses *found;
    size_t bad_room;
    const char *at;
    bool name_commas;       /* up to the next semicolon or line end they are within names */
    const char *phrase;     /* where words began that belong to no address yet, or NULL */
    const char *last_comma; /* the last comma or folded line within them that might have been a separator */
    struct address *last;   /* the address of this segment that was read last, or NULL */
    bool last_takes_name;   /* words behind it may be its name */
};

static bool is_ascii_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static void add_bad(struct scanner *scanner, const char *from, const char *to)
{
    struct addresses *found = scanner->found;
    while (from < to && strchr(" \n,;", *from))
        from++;
    while (to > from && strchr(" \n,;", to[-1]))
        to--;
    bool telling = address_name(scanner->arena, from, (size_t)(to - from));
    for (const char *at = from; at < to; at++)
        telling |= *at == '@' || (*at >= '0' && *at <= '9');
    if (!telling)
        return; /* marks alone are nobody's address */
    found->bad =
        arena_grow(scanner->arena, found->bad, found->bad_count, &scanner->bad_room, sizeof *found->bad);
    found->bad[found->bad_count++] = arena_dup_bytes(scanner->arena, from, (size_t)(to - from));
}

/* The words so far turned out to be of no address. */
static void drop_phrase(struct scanner *scanner, const char *end)
{
    if (scanner->phrase)
        add_bad(scanner, scanner->phrase, end);
    scanner->phrase = scanner->last_comma = NULL;
}

static void end_segment(struct scanner *scanner)
{
    const char *end = scanner->at;
    if (scanner->phrase && scanner->last_takes_name && !scanner->last->name) {
        scanner->last->name = address_name(scanner->arena, scanner->phrase, (size_t)(end - scanner->phrase));
        scanner->phrase = scanner->last_comma = NULL;
    }
    drop_phrase(scanner, end);
    scanner->last = NULL;
    scanner->last_takes_name = false;
}

/* What stands in from..to should be an address; begin..end is that with its brackets. */
struct candidate {
    const char *begin, *from, *to, *end;
};

/* The words up to `end` are its name. */
static void add_name(struct scanner *scanner, struct address *address, const char *end)
{
    const char *from = scanner->phrase, *comma = scanner->last_comma;
    if (!from)
        return;
    address->name = address_name(scanner->arena, from, (size_t)(end - from));
    if (!comma || *comma != ',')
        return;
    address->before = address_name(scanner->arena, from, (size_t)(comma - from));
    address->behind = address_name(scanner->arena, comma + 1, (size_t)(end - comma - 1));
}

static void add_address(struct scanner *scanner, const struct candidate *candidate)
{
    bool bare = candidate->begin == candidate->from;
    const char *mail =
        address_mail(scanner->arena, candidate->from, (size_t)(candidate->to - candidate->from));
    if (bare && scanner->phrase && scanner->last_comma) {
        const char *comma = scanner->last_comma;
        drop_phrase(scanner, comma);
        scanner->phrase = comma + 1;
    }
    if (bare && scanner->last_takes_name)
        drop_phrase(scanner, candidate->from); /* words between two addresses: whose are they? */
    if (!mail) {
        add_bad(scanner, scanner->phrase ? scanner->phrase : candidate->begin, candidate->end);
    } else {
        struct address *address = &scanner->found->list[scanner->found->count++];
        address->mail = mail;
        add_name(scanner, address, candidate->begin);
        scanner->last_takes_name = bare && !scanner->last && !address->name;
        scanner->last = address;
    }
    scanner->phrase = scanner->last_comma = NULL;
}

static void begin_phrase(struct scanner *scanner)
{
    if (!scanner->phrase)
        scanner->phrase = scanner->at;
}

/* The end of the quoted string at `at`, behind its quote, or NULL when it has none in this line. It and
 * comments end soon or not at all, so that a megabyte of quotes costs no more than as many words. Whatever
 * kind of quote began it, another kind may end it when its own does not come. */
static const char *quoted_end(const char *at)
{
    const char *start = at, *other = NULL;
    bool ascii = *at == '"';
    for (at += ascii ? 1 : address_quote(at); *at && *at != '\n' && at - start < QUOTED_MOST; at++) {
        size_t quote = address_quote(at);
        if (*at == '\\' && at[1] && at[1] != '\n')
            at++;
        else if (ascii ? *at == '"' : quote > 0)
            return at + (ascii ? 1 : quote);
        else if (!other && (*at == '"' || quote))
            other = at + (quote ? quote : 1);
    }
    return other;
}

static bool is_quote(const char *at)
{
    return *at == '"' || address_quote(at);
}

/* The end of the comment at `at`, behind its parenthesis, or NULL when it has none in this line. */
static const char *comment_end(const char *at)
{
    const char *start = at;
    int depth = 0;
    for (; *at && *at != '\n' && at - start < QUOTED_MOST; at++) {
        depth += (*at == '(') - (*at == ')');
        if (depth == 0)
            return at + 1;
    }
    return NULL;
}

static void scan_angle(struct scanner *scanner)
{
    const char *from = scanner->at + 1 + strspn(scanner->at + 1, "< ");
    const char *to = from + strcspn(from, "<>,;\n");
    const char *end = *to == '>' ? to + strspn(to, ">") : to;
    add_address(scanner, &(struct candidate){scanner->at, from, to, end});
    scanner->at = end;
}

/* A comment is the name of the address before it (a@b (Alice)), holds an address (Alice (a@b)), or is part of
 * a name. */
static void scan_comment(struct scanner *scanner, const char *end)
{
    const char *from = scanner->at + 1, *to = end - 1;
    if (memchr(from, '@', (size_t)(to - from))) {
        add_address(scanner, &(struct candidate){scanner->at, from, to, end});
    } else if (scanner->last && !scanner->phrase) {
        if (!scanner->last->name)
            scanner->last->name = address_name(scanner->arena, from, (size_t)(to - from));
    } else {
        begin_phrase(scanner);
    }
    scanner->at = end;
}

/* A word: a bare address, the name of a group or header (To:), or part of a name. */
static void scan_word(struct scanner *scanner)
{
    const char *from = scanner->at;
    bool bracket = strncmp(from, "[mailto:", 8) == 0; /* Alice [mailto:a@b] */
    size_t size = 1;
    while (from[size] && !strchr(" \n,;<>(", from[size]) && !is_quote(from + size))
        size++;
    begin_phrase(scanner);
    scanner->at = from + size;
    if (memchr(from, '@', size) && strncmp(from, "=?", 2) != 0) {
        if (scanner->phrase == from)
            scanner->phrase = NULL;
        add_address(scanner, &(struct candidate){from, from + bracket, scanner->at, scanner->at});
    } else if (from[size - 1] == ':' && !scanner->last) {
        scanner->phrase = scanner->last_comma = NULL;
    }
}

/* Whether these words may be the first half of a name, and not somebody's alias or the name of a list. */
static bool is_half(struct arena *arena, const char *words, size_t size)
{
    const char *colon = memrchr(words, ':', size); /* To: */
    const char *end = words + size, *from = colon ? colon + 1 : words;
    bool capital = false;
    for (const char *at = from; at < end; at++)
        capital |= (*at >= 'A' && *at <= 'Z') || (unsigned char)*at >= 0x80;
    return capital && address_name(arena, from, (size_t)(end - from));
}

/* The words without a separator, an address or a quote at `at`: their bytes. */
static size_t words_size(const char *at)
{
    const char *from = at;
    while (*at && !strchr("<>@,;\n", *at) && !is_quote(at)) {
        const char *end = *at == '(' ? comment_end(at) : at + 1;
        if (!end || memchr(at, '@', (size_t)(end - at)))
            break; /* (Chemistry, Paris) is of the name, (a@b) is not */
        at = end;
    }
    return (size_t)(at - from);
}

static bool ends_run(char byte)
{
    return !byte || byte == '\n' || byte == ';';
}

/* Whether all people from `at` to the semicolon or line end have names with one comma: Last, First <mail>. */
static bool is_run_of_commas(struct arena *arena, const char *at)
{
    do {
        size_t size = words_size(at);
        if (at[size] != ',' || !is_half(arena, at, size))
            return false;
        at += size + 1;
        size = words_size(at);
        if (at[size] != '<' || !address_name(arena, at, size))
            return false;
        at += size + 1;
        size = strcspn(at, "<>,;\n");
        if (at[size] != '>' || !memchr(at, '@', size))
            return false;
        at += size + 1;
        at += strspn(at, " ");
        if (*at == ',')
            at += 1 + strspn(at + 1, " ");
        else if (!ends_run(*at))
            return false;
    } while (!ends_run(*at));
    return true;
}

/* A separator, unless what it ends may turn out to be the first half of a name. */
static void scan_separator(struct scanner *scanner)
{
    char byte = *scanner->at;
    bool soft = (byte == ',' && scanner->name_commas) || (byte == '\n' && scanner->at[1] == ' ');
    if (soft && scanner->phrase && !scanner->last)
        scanner->last_comma = scanner->at;
    else
        end_segment(scanner);
    scanner->at++;
    if (byte != ',')
        scanner->name_commas = is_run_of_commas(scanner->arena, scanner->at);
}

/* Words in quotes, or a quote that begins nothing. */
static void scan_quoted(struct scanner *scanner)
{
    const char *end = quoted_end(scanner->at);
    begin_phrase(scanner);
    scanner->at = end ? end : scanner->at + (*scanner->at == '"' ? 1 : address_quote(scanner->at));
}

static void scan_one(struct scanner *scanner)
{
    const char *end = NULL;
    switch (*scanner->at) {
    case ',':
    case ';':
    case '\n':
        scan_separator(scanner);
        break;
    case ' ':
    case '>':
        scanner->at++;
        break;
    case '<':
        scan_angle(scanner);
        break;
    case '(':
        if ((end = comment_end(scanner->at)))
            scan_comment(scanner, end);
        else
            scanner->at++;
        break;
    default:
        if (is_quote(scanner->at))
            scan_quoted(scanner);
        else
            scan_word(scanner);
    }
}

struct keyed {
    const char *key; /* the mail in small letters */
    struct address *address;
};

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *one = a, *other = b;
    int order = strcmp(one->key, other->key);
    return order ? order : one->address < other->address ? -1 : one->address > other->address;
}

/* Keeps the first of each mail, with the first name that any of them had. */
static void drop_duplicates(struct addresses *found, struct arena *arena)
{
    struct keyed *keyed = arena_array(arena, found->count, sizeof *keyed);
    for (size_t i = 0; i < found->count; i++)
        keyed[i] = (struct keyed){text_lower(arena_dup(arena, found->list[i].mail)), &found->list[i]};
    qsort(keyed, found->count, sizeof *keyed, compare_keys);
    struct keyed *first = keyed;
    for (size_t i = 1; i < found->count; i++) {
        if (strcmp(first->key, keyed[i].key) != 0) {
            first = &keyed[i];
            continue;
        }
        if (!first->address->name)
            first->address->name = keyed[i].address->name;
        if (!first->address->before) {
            first->address->before = keyed[i].address->before;
            first->address->behind = keyed[i].address->behind;
        }
        keyed[i].address->mail = NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].mail)
            found->list[kept++] = found->list[i];
    found->count = kept;
}

void addresses_read(struct addresses *addresses, struct arena *arena, const char *typed)
{
    *addresses = (struct addresses){0};
    const char *clean = address_clean(arena, typed ? typed : "");
    struct scanner scanner = {.arena = arena, .found = addresses, .at = clean};
    size_t most = 0; /* each address has its @, wherever quotes seem to begin and end */
    for (const char *at = clean; *at; at++)
        most += *at == '@';
    addresses->list = arena_array(arena, most, sizeof *addresses->list);
    scanner.name_commas = is_run_of_commas(arena, clean);
    while (*scanner.at)
        scan_one(&scanner);
    end_segment(&scanner);
    drop_duplicates(addresses, arena);
    for (size_t i = 0; i < addresses->count; i++) /* "a@b" <a@b> */
        if (addresses->list[i].name && text_equal_nocase(addresses->list[i].name, addresses->list[i].mail))
            addresses->list[i].name = NULL;
}

/* Whether the local part has this: letters within it, or two of them as a word of their own. */
static bool local_has(const char *mail, const char *letters, size_t size)
{
    const char *end = strrchr(mail, '@');
    for (const char *at = mail; at + size <= end; at++) {
        bool alone = (at == mail || !is_ascii_letter(at[-1])) && !is_ascii_letter(at[size]);
        if (strncasecmp(at, letters, size) == 0 && (size > 2 || alone))
            return true;
    }
    return false;
}

bool address_is_doubtful(const struct address *address)
{
    for (const char *at = address->before; at && *at;) {
        size_t size = 0;
        while (is_ascii_letter(at[size])) /* of Dupré, Dupr is in the address */
            size++;
        if (size > 1 && local_has(address->mail, at, size))
            return false;
        at += size ? size : 1;
    }
    return address->before != NULL;
}

const char *address_read_one(struct arena *arena, const char *typed)
{
    struct addresses found;
    addresses_read(&found, arena, typed);
    return found.count == 1 && found.bad_count == 0 ? found.list[0].mail : NULL;
}
