/* A real SMTP server for tests in C: smtp_sink.py, which says what it can be like. */
#ifndef TESTS_COMPONENT_SINK_H
#define TESTS_COMPONENT_SINK_H

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sink {
    pid_t pid;
    int input; /* closed to end it */
    FILE *output;
    int port;
    char folder[40];
} sink;

static inline void sink_start_with(const char *greeting, const char *option, const char *other)
{
    int in[2], out[2];
    snprintf(sink.folder, sizeof sink.folder, "/tmp/jmb-sink-XXXXXX");
    assert_non_null(mkdtemp(sink.folder));
    assert_int_equal(pipe(in) | pipe(out), 0);
    sink.pid = fork();
    assert_true(sink.pid >= 0);
    if (sink.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]), close(in[1]), close(out[0]), close(out[1]);
        execl("/usr/bin/python3", "python3", "tests/component/smtp_sink.py", sink.folder, greeting, option,
              other, NULL);
        _exit(127);
    }
    close(in[0]), close(out[1]);
    sink.input = in[1];
    sink.output = fdopen(out[0], "r");
    char line[100];
    assert_non_null(fgets(line, sizeof line, sink.output));
    sink.port = (int)strtol(line + strlen("PORT "), NULL, 10);
    assert_true(sink.port > 0);
}

static inline void sink_start(const char *greeting)
{
    sink_start_with(greeting, NULL, NULL);
}

/* Ends it; how often it saw a line that begins with `word`. */
static inline int sink_end(const char *word)
{
    char line[500];
    int count = 0, status;
    close(sink.input);
    while (fgets(line, sizeof line, sink.output))
        count += word && strncmp(line, word, strlen(word)) == 0;
    fclose(sink.output);
    waitpid(sink.pid, &status, 0);
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", sink.folder);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): a folder of our own name
    return count;
}

#endif
