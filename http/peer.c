#include "http/peer.h"

#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An address as 16 bytes: IPv4 ones mapped (RFC 4291 2.5.5.2), so that there is one kind. */
struct ip {
    unsigned char bytes[16];
};

static void ip_map(struct ip *address, const unsigned char four[4])
{
    *address = (struct ip){.bytes = {[10] = 0xff, [11] = 0xff}};
    memcpy(address->bytes + 12, four, 4);
}

static bool ip_is_four(const struct ip *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

static bool ip_read(struct ip *address, const char *text)
{
    unsigned char four[4];
    if (inet_pton(AF_INET, text, four) == 1) {
        ip_map(address, four);
        return true;
    }
    return inet_pton(AF_INET6, text, address->bytes) == 1;
}

static bool is_unix(const struct request *request)
{
    return request->admin || strncmp(request_options(request)->listen, "unix:", 5) == 0;
}

static bool peer_address(const struct request *request, struct ip *address)
{
    const union MHD_ConnectionInfo *info =
        is_unix(request) ? NULL
                         : MHD_get_connection_info(request->handle, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *name = info ? info->client_addr : NULL;
    if (name && name->sa_family == AF_INET)
        ip_map(address, (const unsigned char *)&((const struct sockaddr_in *)(const void *)name)->sin_addr);
    else if (name && name->sa_family == AF_INET6)
        memcpy(address->bytes, &((const struct sockaddr_in6 *)(const void *)name)->sin6_addr, 16);
    else
        return false;
    return true;
}

/* "ADDRESS" or "ADDRESS/BITS"; the configuration was checked for it. */
static bool ip_is_in(const struct ip *address, const char *network)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct ip base;
    size_t size = strcspn(network, "/");
    if (size >= sizeof text)
        return false;
    memcpy(text, network, size);
    if (!ip_read(&base, text))
        return false;
    int bits = network[size] ? (int)strtol(network + size + 1, NULL, 10) : 128;
    if (network[size] && ip_is_four(&base))
        bits += 96;
    for (int i = 0; i < 16 && bits > 0; i++, bits -= 8) {
        unsigned mask = bits >= 8 ? 0xff : 0xff & ~(0xffU >> bits);
        if ((address->bytes[i] ^ base.bytes[i]) & mask)
            return false;
    }
    return true;
}

bool peer_is_trusted(const struct request *request)
{
    struct ip address;
    const char *const *network = request_options(request)->trusted;
    if (is_unix(request))
        return true;
    if (!network || !peer_address(request, &address))
        return false;
    while (*network && !ip_is_in(&address, *network))
        network++;
    return *network;
}

static const char *ip_show(struct arena *arena, struct ip address, int bits)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool four = ip_is_four(&address);
    if (!four && bits == 64)
        memset(address.bytes + 8, 0, 8);
    if (!inet_ntop(four ? AF_INET : AF_INET6, four ? address.bytes + 12 : address.bytes, text, sizeof text))
        return NULL;
    return arena_dup(arena, text);
}

/* The last address of "client, proxy, proxy": the one that the web server itself saw. */
static bool ip_read_last(struct request *request, struct ip *address, const char *field)
{
    const char *comma = strrchr(field, ',');
    const char *at = comma ? comma + 1 : field;
    at += strspn(at, " \t[");
    return ip_read(address, arena_dup_bytes(&request->arena, at, strcspn(at, " \t]")));
}

/* The lines of the request's head under one name. */
struct header_lines {
    const char *name;
    int count;
    const char *last; /* value */
};

static enum MHD_Result header_add(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct header_lines *lines = cls;
    (void)kind;
    if (text_equal_nocase(name, lines->name)) {
        lines->count++;
        lines->last = value;
    }
    return MHD_YES;
}

static struct header_lines header_find(const struct request *request, const char *name)
{
    struct header_lines lines = {.name = name};
    MHD_get_connection_values(request->handle, MHD_HEADER_KIND, header_add, &lines);
    return lines;
}

/* Web servers add to the list of a client's own field, or a line of theirs behind it: the last word is theirs
 * in both. */
const char *peer_client(struct request *request)
{
    struct ip address;
    const char *name = request_options(request)->client_address_header;
    bool trusted = peer_is_trusted(request);
    const char *field = trusted && name ? header_find(request, name).last : NULL;
    bool known = field ? ip_read_last(request, &address, field) : !trusted && peer_address(request, &address);
    return known ? ip_show(&request->arena, address, 64) : NULL;
}

const char *peer_show(struct request *request)
{
    struct ip address;
    const char *shown =
        peer_address(request, &address) ? ip_show(&request->arena, address, 128) : "the unix socket";
    return shown ? shown : "somewhere";
}

int peer_count_header(const struct request *request, const char *name)
{
    return header_find(request, name).count;
}
