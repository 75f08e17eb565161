/*
 * A WebSocket load client in C: closed model, one message of 64 bytes outstanding on each connection, no clock read
 * per message, no histogram. The ceiling of what one core can send and receive.
 *
 *     ws-client HOST PORT CONNECTIONS SECONDS
 *
 * Prints {"perSecond":…,"roundTrips":…,"seconds":…,"cpuSecondsPerMessage":…}. HOST is an IPv4 address. The first
 * second is left out as a warm-up. Exit code 1 if a connection is refused or lost.
 */
#define _GNU_SOURCE
#include "net.h"

#define PAYLOAD 64
#define MESSAGE (2 + 4 + PAYLOAD)
#define READ_SIZE (64 * 1024)
#define MAX_EVENTS 512
#define WARMUP_SECONDS 1.0

static uint8_t message[MESSAGE];

/* Where a connection stands in the frame that it is reading. */
struct reader {
    uint64_t body_left;
    uint8_t header[10];
    uint8_t header_used;
};

static void build_message(void)
{
    static const char text[] = "{\"id\":1,\"text\":\"0123456789abcdef0123456789abcdef0123456789abcd\"}";
    _Static_assert(sizeof text == PAYLOAD + 1, "the payload has 64 bytes");
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    message[0] = 0x81;
    message[1] = 0x80 | PAYLOAD;
    memcpy(message + 2, mask, 4);
    for (int at = 0; at < PAYLOAD; at++) message[6 + at] = (uint8_t)text[at] ^ mask[at & 3];
}

static int connect_to(const char *host, int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die(host);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    set_no_delay(fd);
    return fd;
}

static void shake_hands(int fd, const char *host)
{
    char text[2048];
    int length = snprintf(text, sizeof text,
                          "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                          host);
    if (write(fd, text, (size_t)length) != length) die("handshake");
    size_t used = 0;
    /* The server speaks only when spoken to, so nothing can follow the header in the same read. */
    while (!memmem(text, used, "\r\n\r\n", 4)) {
        ssize_t got = read(fd, text + used, sizeof text - used);
        if (got <= 0) die("handshake");
        used += (size_t)got;
    }
    if (used < 12 || memcmp(text, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "no WebSocket there\n");
        exit(1);
    }
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
}

/* Counts the frames that end within the data. */
static unsigned count_frames(struct reader *reader, const uint8_t *data, size_t length)
{
    unsigned frames = 0;
    size_t at = 0;
    while (at < length) {
        if (reader->body_left == 0) {
            reader->header[reader->header_used++] = data[at++];
            if (reader->header_used < 2) continue;
            unsigned small = reader->header[1] & 0x7f;
            unsigned wanted = small == 127 ? 10 : small == 126 ? 4 : 2;
            if (reader->header_used < wanted) continue;
            uint64_t body = small < 126 ? small : 0;
            for (unsigned byte = 2; byte < wanted; byte++) body = body << 8 | reader->header[byte];
            reader->header_used = 0;
            reader->body_left = body;
            if (body == 0) frames++;
        } else {
            uint64_t piece = length - at < reader->body_left ? length - at : reader->body_left;
            at += piece;
            reader->body_left -= piece;
            if (reader->body_left == 0) frames++;
        }
    }
    return frames;
}

static void send_message(int fd)
{
    /* One small message outstanding always fits into the socket's buffer. */
    if (write(fd, message, MESSAGE) != MESSAGE) die("write");
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: ws-client HOST PORT CONNECTIONS SECONDS\n");
        return 2;
    }
    prepare_process();
    build_message();
    int connections = atoi(arguments[3]);
    double duration = atof(arguments[4]);
    struct reader *readers = calloc(descriptor_limit(), sizeof *readers);
    int *sockets = calloc((size_t)connections + 1, sizeof *sockets);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!readers || !sockets || epoll < 0) die("start");
    for (int at = 0; at < connections; at++) {
        sockets[at] = connect_to(arguments[1], atoi(arguments[2]));
        shake_hands(sockets[at], arguments[1]);
        watch(epoll, EPOLL_CTL_ADD, sockets[at], EPOLLIN);
    }
    for (int at = 0; at < connections; at++) send_message(sockets[at]);

    static uint8_t data[READ_SIZE];
    struct epoll_event events[MAX_EVENTS];
    double begin = seconds_of(CLOCK_MONOTONIC) + WARMUP_SECONDS, end = begin + duration;
    double now = 0, cpu_begin = 0;
    uint64_t round_trips = 0;
    int measuring = 0;
    while (!stopping) {
        int ready = epoll_wait(epoll, events, MAX_EVENTS, 100);
        now = seconds_of(CLOCK_MONOTONIC);
        if (now >= end) break;
        if (!measuring && now >= begin) {
            measuring = 1;
            begin = now;
            cpu_begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
            round_trips = 0;
        }
        for (int at = 0; at < ready; at++) {
            int fd = events[at].data.fd;
            ssize_t got = read(fd, data, sizeof data);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            if (got <= 0) {
                fprintf(stderr, "connection lost\n");
                return 1;
            }
            for (unsigned left = count_frames(&readers[fd], data, (size_t)got); left > 0; left--) {
                round_trips++;
                send_message(fd);
            }
        }
    }
    double seconds = measuring ? now - begin : 0;
    double cpu = measuring ? seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin : 0;
    printf("{\"perSecond\":%.1f,\"roundTrips\":%llu,\"seconds\":%.3f,\"cpuSecondsPerMessage\":%.9f}\n",
           seconds > 0 ? (double)round_trips / seconds : 0, (unsigned long long)round_trips, seconds,
           round_trips > 0 ? cpu / (double)round_trips : 0);
    return 0;
}
