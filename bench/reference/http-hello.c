/*
 * An HTTP/1.1 server in C that answers every request with "Hello, World!": one thread, epoll, keep-alive,
 * pipelining. The fast target of the HTTP benchmarks.
 *
 *     http-hello --port N
 *
 * It looks for the empty line that ends a request and for nothing else, so it serves requests without a body
 * (GET) and no others; no service does so little, which is the point of a ceiling.
 */
#define _GNU_SOURCE
#include "net.h"

#define READ_SIZE (64 * 1024)
#define MAX_EVENTS 512
#define BATCH 512

static const char response[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
static const char end_of_header[] = "\r\n\r\n";

struct connection {
    uint64_t owed; /* bytes of responses that the socket has not taken yet */
    uint8_t matched; /* characters of the empty line seen at the end of what was read */
    uint8_t stuck;
};

static struct connection *connections; /* by descriptor */
static int epoll;
static char batch[BATCH * (sizeof response - 1)];

static uint64_t count_requests(struct connection *connection, const char *data, size_t length)
{
    uint64_t requests = 0;
    uint8_t matched = connection->matched;
    for (size_t at = 0; at < length; at++) {
        /* Most characters are none of the empty line's: skip to the next that may begin it. */
        if (matched == 0) {
            const char *next = memchr(data + at, '\r', length - at);
            if (!next) break;
            at = (size_t)(next - data);
        }
        if (data[at] == end_of_header[matched]) matched++;
        else matched = data[at] == '\r';
        if (matched == 4) {
            requests++;
            matched = 0;
        }
    }
    connection->matched = matched;
    return requests;
}

/* All responses are alike, so what is owed says where in the batch the next byte stands. */
static void write_owed(int fd)
{
    struct connection *connection = &connections[fd];
    while (connection->owed > 0) {
        size_t phase = (size_t)((sizeof response - 1) - connection->owed % (sizeof response - 1)) %
                       (sizeof response - 1);
        size_t length = sizeof batch - phase;
        if (length > connection->owed) length = (size_t)connection->owed;
        ssize_t wrote = write(fd, batch + phase, length);
        if (wrote >= 0) {
            connection->owed -= (uint64_t)wrote;
        } else if (errno == EAGAIN) {
            if (!connection->stuck) watch(epoll, EPOLL_CTL_MOD, fd, EPOLLOUT);
            connection->stuck = 1;
            return;
        } else if (errno != EINTR) {
            close(fd);
            return;
        }
    }
    if (connection->stuck) watch(epoll, EPOLL_CTL_MOD, fd, EPOLLIN);
    connection->stuck = 0;
}

static void on_readable(int fd)
{
    static char data[READ_SIZE];
    ssize_t got = read(fd, data, sizeof data);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close(fd);
        return;
    }
    connections[fd].owed += count_requests(&connections[fd], data, (size_t)got) * (sizeof response - 1);
    write_owed(fd);
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
        memset(&connections[fd], 0, sizeof *connections);
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
    for (size_t at = 0; at < BATCH; at++) {
        memcpy(batch + at * (sizeof response - 1), response, sizeof response - 1);
    }
    int listener = listen_on(port_option(count, arguments));
    watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);

    struct epoll_event events[MAX_EVENTS];
    while (!stopping) {
        int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
        for (int at = 0; at < ready; at++) {
            int fd = events[at].data.fd;
            if (fd == listener) accept_all(listener, limit);
            else if (connections[fd].stuck) write_owed(fd);
            else on_readable(fd);
        }
    }
    return 0;
}
