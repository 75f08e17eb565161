/*
 * A WebSocket echo server in C: one thread, epoll, no library. It is the fast target of the benchmarks, so that the
 * generator and not the server is what they measure.
 *
 *     ws-echo --port N
 *
 * Every data frame comes back as it is (fragments as fragments), a ping as a pong, a close as a close. A connection
 * whose output is stuck is not read from until it has drained. Frames above MAX_FRAME end the connection.
 */
#define _GNU_SOURCE
#include "net.h"
#include <strings.h>

#define READ_SIZE (256 * 1024)
#define MAX_FRAME (16 * 1024 * 1024)
#define MAX_HANDSHAKE 16384
#define MAX_EVENTS 512

/* ---- SHA-1 (FIPS 180-4, section 6.1) and base64 (RFC 4648), for the accept key ---- */

static uint32_t rotate_left(uint32_t word, int bits) { return (word << bits) | (word >> (32 - bits)); }

static void sha1_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t schedule[80];
    for (int t = 0; t < 16; t++) {
        schedule[t] = (uint32_t)block[t * 4] << 24 | (uint32_t)block[t * 4 + 1] << 16 |
                      (uint32_t)block[t * 4 + 2] << 8 | block[t * 4 + 3];
    }
    for (int t = 16; t < 80; t++) {
        schedule[t] = rotate_left(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 80; t++) {
        uint32_t mixed, constant;
        if (t < 20) {
            mixed = (b & c) | (~b & d);
            constant = 0x5a827999;
        } else if (t < 40) {
            mixed = b ^ c ^ d;
            constant = 0x6ed9eba1;
        } else if (t < 60) {
            mixed = (b & c) | (b & d) | (c & d);
            constant = 0x8f1bbcdc;
        } else {
            mixed = b ^ c ^ d;
            constant = 0xca62c1d6;
        }
        uint32_t next = rotate_left(a, 5) + mixed + e + constant + schedule[t];
        e = d;
        d = c;
        c = rotate_left(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* For texts of at most 119 bytes: two blocks with the padding. */
static void sha1(const char *text, size_t length, uint8_t digest[20])
{
    uint8_t padded[128] = {0};
    memcpy(padded, text, length);
    padded[length] = 0x80;
    size_t blocks = length + 9 > 64 ? 2 : 1;
    uint64_t bits = (uint64_t)length * 8;
    for (int at = 0; at < 8; at++) padded[blocks * 64 - 1 - at] = (uint8_t)(bits >> (8 * at));
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (size_t block = 0; block < blocks; block++) sha1_block(state, padded + block * 64);
    for (int word = 0; word < 5; word++) {
        for (int at = 0; at < 4; at++) digest[word * 4 + at] = (uint8_t)(state[word] >> (24 - 8 * at));
    }
}

/* 20 bytes become 27 characters and one '='. */
static void base64_of_digest(const uint8_t digest[20], char out[29])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = {0};
    memcpy(padded, digest, 20);
    for (int group = 0; group < 7; group++) {
        uint32_t bits = (uint32_t)padded[group * 3] << 16 | (uint32_t)padded[group * 3 + 1] << 8 |
                        padded[group * 3 + 2];
        for (int at = 0; at < 4; at++) out[group * 4 + at] = alphabet[bits >> (18 - 6 * at) & 63];
    }
    out[27] = '=';
    out[28] = 0;
}

/* ---- connections ---- */

struct connection {
    uint8_t *input; /* a frame that has not arrived whole */
    size_t input_used, input_size;
    uint8_t *output; /* what the socket did not take */
    size_t output_sent, output_used;
    int upgraded, closing, stuck;
};

static struct connection **connections; /* by descriptor */
static int epoll;
static uint8_t read_buffer[READ_SIZE];
static uint8_t *reply_buffer; /* the answers to one read */
static size_t reply_used, reply_size;

static void drop(int fd)
{
    struct connection *connection = connections[fd];
    connections[fd] = NULL;
    free(connection->input);
    free(connection->output);
    free(connection);
    close(fd);
}

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (!larger) die("realloc");
    return larger;
}

static uint8_t *reserve_reply(size_t bytes)
{
    if (reply_used + bytes > reply_size) {
        reply_size = (reply_used + bytes) * 2;
        reply_buffer = grown(reply_buffer, reply_size);
    }
    return reply_buffer + reply_used;
}

static void keep_input(struct connection *connection, const uint8_t *data, size_t length)
{
    if (length == 0) return;
    if (connection->input_used + length > connection->input_size) {
        connection->input_size = (connection->input_used + length) * 2;
        connection->input = grown(connection->input, connection->input_size);
    }
    memcpy(connection->input + connection->input_used, data, length);
    connection->input_used += length;
}

/* Writes the replies; what does not fit is kept, and reading stops until it is gone. Returns 0 if broken. */
static int write_replies(int fd)
{
    struct connection *connection = connections[fd];
    size_t sent = 0;
    while (sent < reply_used) {
        ssize_t wrote = write(fd, reply_buffer + sent, reply_used - sent);
        if (wrote >= 0) {
            sent += (size_t)wrote;
        } else if (errno == EAGAIN) {
            size_t left = reply_used - sent;
            connection->output = grown(NULL, left);
            memcpy(connection->output, reply_buffer + sent, left);
            connection->output_used = left;
            connection->output_sent = 0;
            connection->stuck = 1;
            watch(epoll, EPOLL_CTL_MOD, fd, EPOLLOUT);
            break;
        } else if (errno != EINTR) {
            return 0;
        }
    }
    reply_used = 0;
    return 1;
}

/* ---- protocol ---- */

static int answer_handshake(const uint8_t *data, size_t length)
{
    const char *line = (const char *)data;
    const char *end = line + length;
    static const char name[] = "sec-websocket-key:";
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char key[64 + sizeof magic];
    size_t key_length = 0;
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (!next) break;
        if ((size_t)(next - line) > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
            const char *from = line + sizeof name - 1;
            while (from < next && *from == ' ') from++;
            while (from + key_length < next && (unsigned char)from[key_length] > ' ') key_length++;
            if (key_length > 64) return 0;
            memcpy(key, from, key_length);
        }
        line = next + 1;
    }
    if (key_length == 0) return 0;
    memcpy(key + key_length, magic, sizeof magic - 1);
    uint8_t digest[20];
    char accept[29];
    sha1(key, key_length + sizeof magic - 1, digest);
    base64_of_digest(digest, accept);
    uint8_t *out = reserve_reply(256);
    reply_used += (size_t)sprintf((char *)out,
                                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                                  accept);
    return 1;
}

static void unmask(uint8_t *out, const uint8_t *in, size_t length, const uint8_t mask[4])
{
    uint8_t twice[8];
    memcpy(twice, mask, 4);
    memcpy(twice + 4, mask, 4);
    uint64_t wide_mask;
    memcpy(&wide_mask, twice, 8);
    size_t at = 0;
    for (; at + 8 <= length; at += 8) {
        uint64_t word;
        memcpy(&word, in + at, 8);
        word ^= wide_mask;
        memcpy(out + at, &word, 8);
    }
    for (; at < length; at++) out[at] = in[at] ^ mask[at & 3];
}

/* Answers one frame. Returns the bytes it took, 0 if it is not whole yet, -1 if it breaks the protocol. */
static ssize_t answer_frame(struct connection *connection, const uint8_t *data, size_t available)
{
    if (available < 2) return 0;
    size_t header = 2;
    uint64_t length = data[1] & 0x7f;
    if (length == 126) {
        header = 4;
        if (available < header) return 0;
        length = (uint64_t)data[2] << 8 | data[3];
    } else if (length == 127) {
        header = 10;
        if (available < header) return 0;
        length = 0;
        for (int at = 2; at < 10; at++) length = length << 8 | data[at];
    }
    if (!(data[1] & 0x80) || length > MAX_FRAME) return -1;
    if (available < header + 4 + length) return 0;

    int opcode = data[0] & 0x0f;
    if (opcode != 0xa) {
        uint8_t *out = reserve_reply(header + length);
        memcpy(out, data, header);
        out[1] = data[1] & 0x7f;
        if (opcode == 0x9) out[0] = 0x8a;
        unmask(out + header, data + header + 4, length, data + header);
        reply_used += header + length;
        if (opcode == 0x8) connection->closing = 1;
    }
    return (ssize_t)(header + 4 + length);
}

/* Returns the bytes of `data` that were dealt with, -1 if the connection must end. */
static ssize_t answer_all(struct connection *connection, const uint8_t *data, size_t length)
{
    size_t done = 0;
    if (!connection->upgraded) {
        const uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
        if (!end) return length > MAX_HANDSHAKE ? -1 : 0;
        done = (size_t)(end - data) + 4;
        if (!answer_handshake(data, done)) return -1;
        connection->upgraded = 1;
    }
    while (!connection->closing) {
        ssize_t took = answer_frame(connection, data + done, length - done);
        if (took < 0) return -1;
        if (took == 0) break;
        done += (size_t)took;
    }
    return (ssize_t)done;
}

/* ---- events ---- */

/* Returns 0 if the connection must end. */
static int on_bytes(int fd, size_t length)
{
    struct connection *connection = connections[fd];
    ssize_t done;
    if (connection->input_used == 0) {
        done = answer_all(connection, read_buffer, length);
        if (done < 0) return 0;
        keep_input(connection, read_buffer + done, length - (size_t)done);
    } else {
        keep_input(connection, read_buffer, length);
        done = answer_all(connection, connection->input, connection->input_used);
        if (done < 0) return 0;
        connection->input_used -= (size_t)done;
        memmove(connection->input, connection->input + done, connection->input_used);
    }
    if (connection->input_used == 0 && connection->input) {
        free(connection->input);
        connection->input = NULL;
        connection->input_size = 0;
    }
    return write_replies(fd) && (!connection->closing || connection->stuck);
}

static void on_readable(int fd)
{
    ssize_t got = read(fd, read_buffer, sizeof read_buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    reply_used = 0;
    if (got <= 0 || !on_bytes(fd, (size_t)got)) drop(fd);
}

static void on_writable(int fd)
{
    struct connection *connection = connections[fd];
    ssize_t wrote = write(fd, connection->output + connection->output_sent,
                          connection->output_used - connection->output_sent);
    if (wrote < 0) {
        if (errno != EAGAIN && errno != EINTR) drop(fd);
        return;
    }
    connection->output_sent += (size_t)wrote;
    if (connection->output_sent < connection->output_used) return;
    free(connection->output);
    connection->output = NULL;
    connection->stuck = 0;
    if (connection->closing) drop(fd);
    else watch(epoll, EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void accept_all(int listener, size_t limit)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if ((size_t)fd >= limit) {
            close(fd);
            continue;
        }
        set_no_delay(fd);
        connections[fd] = calloc(1, sizeof **connections);
        if (!connections[fd]) die("calloc");
        watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

int main(int count, char **arguments)
{
    prepare_process();
    size_t limit = descriptor_limit();
    connections = calloc(limit, sizeof *connections);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || epoll < 0) die("start");
    int listener = listen_on(port_option(count, arguments));
    watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);

    struct epoll_event events[MAX_EVENTS];
    while (!stopping) {
        int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
        for (int at = 0; at < ready; at++) {
            int fd = events[at].data.fd;
            if (fd == listener) accept_all(listener, limit);
            else if (connections[fd]->stuck) on_writable(fd);
            else on_readable(fd);
        }
    }
    return 0;
}
