/* Only the way to the content is walked, by heads of elements: libcrypto's CMS would decode every certificate
 * beside it, which costs it seconds for a message full of small ones. */
#include "proto/mime_signed.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <string.h>

/* What is left of elements side by side. */
struct elements {
    const unsigned char *at, *end;
};

struct element {
    int tag, class;
    bool constructed;
    bool endless; /* up to the mark that ends it (X.690 8.1.3.6), so its size is 0 */
    size_t size;
};

/* Reads the next element's head, and goes behind it. Of a body that is cut off there is what is there: large
 * messages come to us without their end. */
static bool read_head(struct elements *in, struct element *element)
{
    long size = 0;
    const unsigned char *start = in->at;
    if (in->at == in->end)
        return false;
    int form = ASN1_get_object(&in->at, &size, &element->tag, &element->class, in->end - in->at);
    element->constructed = form & V_ASN1_CONSTRUCTED;
    element->endless = form & 1;
    element->size = size < in->end - in->at ? (size_t)size : (size_t)(in->end - in->at);
    return in->at > start; /* else it is no head */
}

static bool is_end(const struct element *element)
{
    return element->class == V_ASN1_UNIVERSAL && element->tag == V_ASN1_EOC && !element->constructed;
}

static bool skip(struct elements *in)
{
    struct element element;
    size_t open = 0;
    do {
        if (!read_head(in, &element) || (is_end(&element) && !open))
            return false;
        if (element.endless)
            open++;
        else if (is_end(&element))
            open--;
        in->at += element.size;
    } while (open);
    return true;
}

/* Goes into the next element, which must be that one. */
static bool enter(struct elements *in, int class, int tag, struct elements *inside)
{
    struct element element;
    if (!read_head(in, &element) || element.class != class || element.tag != tag || !element.constructed)
        return false;
    *inside = (struct elements){in->at, element.endless ? in->end : in->at + element.size};
    return true;
}

/* Is the next element this object identifier? */
static bool is_identifier(struct elements *in, const char *bytes, size_t size)
{
    struct element element;
    if (!read_head(in, &element) || element.class != V_ASN1_UNIVERSAL || element.tag != V_ASN1_OBJECT ||
        element.size != size || memcmp(in->at, bytes, size) != 0)
        return false;
    in->at += size;
    return true;
}

/* The pieces of an octet string, each a string or in pieces again: how they hang together does not matter.
 * `open` of them are endless. */
static bool add_pieces(struct text *text, struct elements in, size_t open)
{
    const bool endless = open;
    struct element element;
    while (in.at < in.end && (!endless || open)) {
        if (!read_head(&in, &element) || element.class != V_ASN1_UNIVERSAL)
            return false;
        if (is_end(&element) ? !open : element.tag != V_ASN1_OCTET_STRING)
            return false;
        if (is_end(&element)) {
            open--;
        } else if (element.endless) {
            open++;
        } else if (!element.constructed) {
            text_add_bytes(text, (const char *)in.at, element.size);
            in.at += element.size;
        }
    }
    return true;
}

static bool add_octets(struct text *text, struct elements *in)
{
    struct element element;
    if (!read_head(in, &element) || element.class != V_ASN1_UNIVERSAL || element.tag != V_ASN1_OCTET_STRING)
        return false;
    const struct elements inside = {in->at, element.endless ? in->end : in->at + element.size};
    if (element.constructed)
        return add_pieces(text, inside, element.endless);
    text_add_bytes(text, (const char *)inside.at, element.size);
    return true;
}

static bool add_content(struct text *text, struct elements in)
{
    static const char signed_data[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"; /* 1.2.840.113549.1.7.2 */
    struct elements info, explicit_data, data, wrapped, content;
    return enter(&in, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &info) &&
           is_identifier(&info, signed_data, sizeof signed_data - 1) &&
           enter(&info, V_ASN1_CONTEXT_SPECIFIC, 0, &explicit_data) &&
           enter(&explicit_data, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &data) && skip(&data) /* version */ &&
           skip(&data) /* digests */ && enter(&data, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &wrapped) &&
           skip(&wrapped) /* its type */ && enter(&wrapped, V_ASN1_CONTEXT_SPECIFIC, 0, &content) &&
           add_octets(text, &content);
}

bool mime_signed_add_content(struct text *text, const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    bool good = add_content(text, (struct elements){at, at + size});
    ERR_clear_error(); /* libcrypto keeps what it did not like */
    return good;
}
