#include "proto/csv_write.h"

#include <string.h>

struct csv_writer csv_begin(struct text *text, char separator)
{
    text_add(text, "\xEF\xBB\xBF");
    return (struct csv_writer){text, separator, false};
}

/* Spreadsheets look past leading white space, and at the full-width forms as well. */
static bool is_formula(const char *cell)
{
    static const char *const wide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    cell += strspn(cell, " ");
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(cell, wide[i], strlen(wide[i])) == 0)
            return true;
    return *cell && strchr("=+-@\t\r\n", *cell);
}

void csv_add(struct csv_writer *csv, const char *cell)
{
    const char special[] = {csv->separator, '"', '\r', '\n', '\t', ' ', '\'', '\0'};
    bool formula = is_formula(cell);
    bool quoted = formula || strpbrk(cell, special);
    if (csv->begun)
        text_add_char(csv->text, csv->separator);
    csv->begun = true;
    if (quoted)
        text_add_char(csv->text, '"');
    if (formula)
        text_add_char(csv->text, '\'');
    for (; *cell; cell++) {
        if (*cell == '"')
            text_add_char(csv->text, '"');
        text_add_char(csv->text, *cell);
    }
    if (quoted)
        text_add_char(csv->text, '"');
}

void csv_end_row(struct csv_writer *csv)
{
    text_add(csv->text, "\r\n");
    csv->begun = false;
}
