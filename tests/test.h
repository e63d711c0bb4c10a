/* What every unit test includes: cmocka behind its mandatory headers. Tests are named unit__verb__scenario.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define TEST(name) static void name(void **state __attribute__((unused)))

#endif
