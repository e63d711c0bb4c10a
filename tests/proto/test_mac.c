#include "proto/mac.h"

#include "tests/test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* RFC 4231, 4.3. */
static void mac_sign__as_the_rfc_has_it(void **state)
{
    static const unsigned char expected[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
                                             0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
                                             0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
    static const char words[] = "what do ya want for nothing?";
    unsigned char mac[MAC_BYTES];
    (void)state;
    for (int again = 0; again < 2; again++) {
        memset(mac, 0, sizeof mac);
        assert_true(mac_sign("Jefe", 4, words, sizeof words - 1, mac));
        assert_memory_equal(mac, expected, sizeof expected);
    }
}

/* More keys than are kept, each after each, long ones too: as OpenSSL's one call says. */
static void mac_sign__many_keys_in_turn(void **state)
{
    static const size_t sizes[] = {1, 32, 64, 65, 256, 257, 1000};
    unsigned char key[1000], mac[MAC_BYTES], expected[MAC_BYTES];
    (void)state;
    for (int round = 0; round < 100; round++) {
        size_t size = sizes[(size_t)round % (sizeof sizes / sizeof *sizes)];
        memset(key, round % 3, sizeof key);
        assert_true(mac_sign(key, size, "message", 7, mac));
        assert_non_null(
            HMAC(EVP_sha256(), key, (int)size, (const unsigned char *)"message", 7, expected, NULL));
        assert_memory_equal(mac, expected, MAC_BYTES);
    }
}

static void mac_sign__no_key__is_refused(void **state)
{
    unsigned char mac[MAC_BYTES];
    (void)state;
    assert_false(mac_sign("", 0, "message", 7, mac));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mac_sign__as_the_rfc_has_it),
        cmocka_unit_test(mac_sign__many_keys_in_turn),
        cmocka_unit_test(mac_sign__no_key__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
