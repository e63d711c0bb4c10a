#include "component/ctl_options.h"

#include <getopt.h>
#include <string.h>

static const struct option words[] = {
    {"format", required_argument, NULL, 'f'},   {"uid", required_argument, NULL, 'u'},
    {"mail", required_argument, NULL, 'm'},     {"aliases", required_argument, NULL, 'a'},
    {"name", required_argument, NULL, 'n'},     {"given-name", required_argument, NULL, 'g'},
    {"surname", required_argument, NULL, 's'},  {"language", required_argument, NULL, 'l'},
    {"may-book", required_argument, NULL, 'b'}, {"prune", no_argument, NULL, 'p'},
    {"force", no_argument, NULL, 'F'},          {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};

static void tell_options(const struct ctl *ctl, bool people)
{
    fprintf(ctl->out, "usage: jmbctl %s import [OPTION]... < FILE\n\n", people ? "people" : "lists");
    fputs("  --prune   afterwards take away whom the input did not name\n"
          "  --force   even when that is more than one in ten\n"
          "  --quiet   no progress\n",
          ctl->out);
    if (people)
        fputs("  --format ldif|csv\n"
              "  --uid --mail --aliases --name --given-name --surname --language ATTRIBUTES\n"
              "            where these stand in an entry, with commas between them\n"
              "  --may-book ATTRIBUTE=PATTERN\n"
              "            who may book where [auth] may_book = directory\n",
              ctl->out);
    fputs("See jmbctl(1).\n", ctl->out);
}

/* What an option of the mapping sets; NULL: it is another one. */
static const char **map_option(struct directory_map *map, int option)
{
    switch (option) {
    case 'u':
        return &map->uid;
    case 'm':
        return &map->mail;
    case 'a':
        return &map->aliases;
    case 'n':
        return &map->name;
    case 'g':
        return &map->given_name;
    case 's':
        return &map->surname;
    case 'l':
        return &map->language;
    default:
        return NULL;
    }
}

static bool read_option(struct ctl_options *options, int option, char *value, size_t *filters, FILE *err)
{
    const char **mapped = map_option(&options->map, option);
    if (mapped) {
        *mapped = value;
    } else if (option == 'b' && (!strchr(value, '=') || *filters == CTL_FILTERS_MOST)) {
        fprintf(err, "jmbctl: --may-book takes ATTRIBUTE=PATTERN, like eduPersonAffiliation=employee\n");
        return false;
    } else if (option == 'b') {
        options->filters[(*filters)++] = value;
        options->map.may_book = options->filters;
    } else if (option == 'f' && strcmp(value, "ldif") != 0 && strcmp(value, "csv") != 0) {
        fprintf(err, "jmbctl: --format is ldif or csv\n");
        return false;
    } else if (option == 'f') {
        options->format = value;
    } else if (option == 'p' || option == 'F' || option == 'q') {
        options->prune |= option == 'p';
        options->force |= option == 'F';
        options->quiet |= option == 'q';
    } else {
        fprintf(err, "jmbctl: no such option, or it lacks its value; --help says which there are\n");
        return false;
    }
    return true;
}

int ctl_options_read(struct ctl_options *options, const struct ctl *ctl, int argc, char *const *argv)
{
    size_t filters = 0;
    int option;
    *options = (struct ctl_options){.map = directory_usual};
    if (argc < 2 || strcmp(argv[1], "import") != 0) {
        fprintf(ctl->err, "jmbctl: what about %s? There is: jmbctl %s import\n", argv[0], argv[0]);
        return -1;
    }
    optind = 0; /* glibc starts anew */
    opterr = 0;
    while ((option = getopt_long(argc - 1, argv + 1, "+h", words, NULL)) != -1) {
        if (option == 'h') {
            tell_options(ctl, strcmp(argv[0], "people") == 0);
            return 0;
        }
        if (!read_option(options, option, optarg, &filters, ctl->err))
            return -1;
    }
    if (optind + 1 == argc)
        return 1;
    fprintf(ctl->err, "jmbctl: one word too many: %s (it reads standard input)\n", argv[optind + 1]);
    return -1;
}
