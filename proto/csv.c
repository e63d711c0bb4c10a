#include "proto/csv.h"

#include "proto/text.h"

#include <string.h>

enum { COLUMNS_MOST = 200, FIELD_MOST = 65536 /* bytes */ };

/* The bytes of a line up to its end, as a count. */
static size_t line_size(const struct csv *csv)
{
    const char *stop = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));
    return (size_t)((stop ? stop : csv->end) - csv->at);
}

/* The bytes between the quotes at csv->at, each pair of quotes one; NULL: there is no end. */
static char *quoted_field(struct csv *csv, struct arena *arena)
{
    const char *from = csv->at + 1, *at = from;
    while (at < csv->end && (*at != '"' || (at + 1 < csv->end && at[1] == '"')))
        at += *at == '"' ? 2 : 1;
    if (at >= csv->end || at - from > FIELD_MOST)
        return NULL;
    char *field = arena_alloc(arena, (size_t)(at - from) + 1), *out = field;
    for (; from < at; from++) {
        from += *from == '"';
        csv->line += *from == '\n';
        *out++ = *from;
    }
    csv->at = at + 1;
    return field;
}

/* A field from csv->at on; *last: the record ends behind it. NULL: a quote has no end. */
static const char *next_field(struct csv *csv, struct arena *arena, bool *last, const char **wrong)
{
    char *field = NULL;
    if (csv->at < csv->end && *csv->at == '"' && !(field = quoted_field(csv, arena))) {
        *wrong = "has a quote that is not closed";
        return NULL;
    }
    const char *at = csv->at;
    while (at < csv->end && *at != csv->separator && *at != '\n')
        at++;
    size_t size = (size_t)(at - csv->at);
    if (size && csv->at[size - 1] == '\r')
        size--;
    if (field && size)
        *wrong = "has something behind a closing quote";
    if (!field)
        field = arena_dup_bytes(arena, csv->at, size);
    *last = at == csv->end || *at == '\n';
    csv->line += at < csv->end && *at == '\n';
    bool zero = strlen(field) < size;
    csv->at = at < csv->end ? at + 1 : csv->end;
    if (zero || !text_is_utf8(field, strlen(field)))
        *wrong = "is not UTF-8: convert it (iconv -f latin1 -t utf-8)";
    for (size = strlen(field); size && field[size - 1] == ' ';)
        field[--size] = 0;
    return field + strspn(field, " ");
}

static void skip_line(struct csv *csv)
{
    size_t size = line_size(csv);
    csv->at += size + (csv->at + size < csv->end);
    csv->line++;
}

bool csv_open(struct csv *csv, struct arena *arena, const char *bytes, size_t size, const char **wrong)
{
    static const char separators[] = ",;\t";
    *csv = (struct csv){.at = bytes, .end = bytes + size, .separator = ','};
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        csv->at += 3;
    size_t most = 0, length = line_size(csv);
    for (const char *separator = separators; *separator; separator++) {
        size_t count = 0;
        for (size_t i = 0; i < length; i++)
            count += csv->at[i] == *separator;
        if (count > most) {
            most = count;
            csv->separator = *separator;
        }
    }
    csv->columns = arena_array(arena, COLUMNS_MOST, sizeof *csv->columns);
    *wrong = NULL;
    for (bool last = csv->at == csv->end; !last;) {
        const char *name = next_field(csv, arena, &last, wrong);
        if (*wrong)
            return false;
        if (csv->column_count == COLUMNS_MOST) {
            *wrong = "more than 200 columns";
            return false;
        }
        csv->columns[csv->column_count++] = text_lower(arena_dup(arena, name));
    }
    if (csv->column_count == 0)
        *wrong = "is empty: the first line names the columns";
    return !*wrong;
}

/* Several values of a column stand with | between them. */
static void add_values(struct entry *entry, struct arena *arena, const char *name, const char *values)
{
    while (*values) {
        size_t size = strcspn(values, "|");
        if (size)
            entry_add(entry, arena, name, arena_dup_bytes(arena, values, size));
        values += size + (values[size] == '|');
    }
}

int csv_next(struct csv *csv, struct arena *arena, struct entry *entry, const char **wrong)
{
    *wrong = NULL;
    while (csv->at < csv->end && (*csv->at == '\n' || *csv->at == '\r'))
        skip_line(csv);
    *entry = (struct entry){.line = csv->line + 1};
    if (csv->at >= csv->end)
        return 0;
    size_t column = 0;
    for (bool last = false; !last; column++) {
        const char *before = csv->at, *field = next_field(csv, arena, &last, wrong);
        if (!field) { /* go on behind the line in which it began */
            csv->at = before;
            skip_line(csv);
            return -1;
        }
        if (column < csv->column_count && *field)
            add_values(entry, arena, csv->columns[column], field);
    }
    if (!*wrong && column > csv->column_count)
        *wrong = arena_printf(arena, "has %zu fields, the first line names %zu columns", column,
                              csv->column_count);
    return *wrong ? -1 : 1;
}
