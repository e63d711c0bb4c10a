/* Files that travel inside the program (pages, styles, mail templates, SQL, catalogues). The Makefile writes
 * one array a group. */
#ifndef PROTO_EMBED_H
#define PROTO_EMBED_H

#include <stddef.h>

struct embedded {
    const char *name; /* the file's name without its folder; NULL ends an array */
    const unsigned char *data;
    const unsigned char *end; /* one past the last byte; a 0 stands there, so that text files are C strings */
};

extern const struct embedded http_files[];      /* http/pages, http/static */
extern const struct embedded letters_files[];   /* component/letters */
extern const struct embedded sql_files[];       /* the .sql files of sql/ */
extern const struct embedded catalogue_files[]; /* LANGUAGE.mo */

/* The file called `name` in an array, or NULL. */
const struct embedded *embedded_find(const struct embedded *files, const char *name);

/* The assembler's .incbin: compilers of C17 have no #embed. */
// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared cannot stand in parentheses
#define EMBED_BYTES(symbol, path)                                                                            \
    __asm__(".section .rodata\n" #symbol ":\n.incbin \"" path "\"\n" #symbol "_end:\n.byte 0\n.previous\n"); \
    extern const unsigned char symbol[] __asm__(#symbol);                                                    \
    extern const unsigned char symbol##_end[] __asm__(#symbol "_end");
// NOLINTEND(bugprone-macro-parentheses)

#endif
