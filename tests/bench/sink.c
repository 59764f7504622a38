/* The barest HTTP server that can be: reads a request of a known Content-Length and answers 201.
 *
 * One thread, one epoll, keep-alive unless it was started with the word "close". It looks at
 * nothing else, so that what is measured is the client. Prints its port, then serves until it is
 * ended. If its second argument is a file, the number of its answers stands there, as 8 bytes. It never sleeps: waking a sleeping process is paid for by whoever sends to it, the more
 * often the slower it sends, and that is not what is measured either.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_FDS = 65536, HEAD = 4096, READ = 262144, EVENTS = 1024 };

struct peer {
    long body_left;     /* of the request whose head has been read */
    int head_length;    /* bytes of a head that is not whole yet */
    char head[HEAD];
};

static struct peer *peers[MOST_FDS];
static int always_closes;
static unsigned long uncounted, *answers = &uncounted;
static char buffer[READ];
static const char KEPT[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
static const char LAST[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static void end(int fd) {
    free(peers[fd]);
    peers[fd] = NULL;
    close(fd);
}

/* Returns how many of the bytes were used; -1: the peer is gone. */
static ssize_t take(int fd, struct peer *peer, const char *data, ssize_t size) {
    if (peer->body_left == 0) {
        ssize_t room = HEAD - 1 - peer->head_length;
        ssize_t part = size < room ? size : room;
        memcpy(peer->head + peer->head_length, data, part);
        peer->head[peer->head_length + part] = 0;
        char *stop = strstr(peer->head, "\r\n\r\n");
        if (!stop) {
            peer->head_length += part;
            return part ? part : -1;
        }
        ssize_t used = stop + 4 - peer->head - peer->head_length;
        stop[2] = 0;
        char *length = strcasestr(peer->head, "\r\nContent-Length:");
        peer->body_left = length ? atol(length + 17) : 0;
        peer->head_length = 0;
        size -= used;
        ssize_t body = size < peer->body_left ? size : peer->body_left;
        peer->body_left -= body;
        used += body;
        if (peer->body_left) return used;
        const char *reply = always_closes ? LAST : KEPT;
        size_t reply_size = (always_closes ? sizeof LAST : sizeof KEPT) - 1;
        if (write(fd, reply, reply_size) != (ssize_t)reply_size) return -1;
        ++*answers;
        return always_closes ? -1 : used;
    }
    ssize_t body = size < peer->body_left ? size : peer->body_left;
    peer->body_left -= body;
    if (peer->body_left) return body;
    const char *reply = always_closes ? LAST : KEPT;
    size_t reply_size = (always_closes ? sizeof LAST : sizeof KEPT) - 1;
    if (write(fd, reply, reply_size) != (ssize_t)reply_size) return -1;
    ++*answers;
    return always_closes ? -1 : body;
}

int main(int count_arguments, char **arguments) {
    always_closes = count_arguments > 1 && !strcmp(arguments[1], "close");
    if (count_arguments > 2) {
        int count = open(arguments[2], O_RDWR | O_CREAT, 0600);
        if (ftruncate(count, sizeof *answers)) return 1;
        answers = mmap(NULL, sizeof *answers, PROT_READ | PROT_WRITE, MAP_SHARED, count, 0);
        if (answers == MAP_FAILED) return 1;
    }
    int yes = 1, epoll = epoll_create1(0);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_size = sizeof at;
    if (bind(door, (struct sockaddr *)&at, at_size) || listen(door, 4096)) return 1;
    getsockname(door, (struct sockaddr *)&at, &at_size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[EVENTS];
    epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, 0);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == door) {
                while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    if (fd >= MOST_FDS || !(peers[fd] = calloc(1, sizeof(struct peer)))) {
                        close(fd);
                        continue;
                    }
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                    event.data.fd = fd;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            ssize_t size = read(fd, buffer, READ), at = 0;
            if (size <= 0) {
                end(fd);
                continue;
            }
            while (at < size) {
                ssize_t used = take(fd, peers[fd], buffer + at, size - at);
                if (used < 0) {
                    end(fd);
                    break;
                }
                at += used;
            }
        }
    }
}
