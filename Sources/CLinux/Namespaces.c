#define _GNU_SOURCE
#include "include/CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// What a message with the most descriptors needs beside its payload.
union control {
    char bytes[CMSG_SPACE(sizeof(int) * SERIN_LINUX_MOST_LISTENERS)];
    struct cmsghdr header;
};

static int open_namespace(pid_t process, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)process, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

// Some runtimes leave the loopback interface down; then listening fails, so that a failure here need not be told.
static void raise_loopback(void) {
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) { return; }
    struct ifreq request;
    memset(&request, 0, sizeof request);
    memcpy(request.ifr_name, "lo", 3);
    if (ioctl(any, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0) {
        request.ifr_flags |= IFF_UP;
        (void)ioctl(any, SIOCSIFFLAGS, &request);
    }
    close(any);
}

static int listen_on(uint16_t port, int *listener) {
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*listener < 0) { return errno; }
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(*listener, (struct sockaddr *)&address, sizeof address) != 0) { return errno; }
    return listen(*listener, 128) == 0 ? 0 : errno;
}

// Runs in the child: only async-signal-safe calls, and descriptors go with the process.
static int join_and_listen(int user, int network, const uint16_t *ports, size_t count, int *listeners) {
    if (setns(network, CLONE_NEWNET) != 0) {
        if (user < 0 || setns(user, CLONE_NEWUSER) != 0 || setns(network, CLONE_NEWNET) != 0) { return errno; }
    }
    raise_loopback();
    for (size_t index = 0; index < count; index++) {
        int failure = listen_on(ports[index], &listeners[index]);
        if (failure != 0) { return failure; }
    }
    return 0;
}

static void send_listeners(int channel, int failure, const int *listeners, size_t count) {
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec payload = {&failure, sizeof failure};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &payload;
    message.msg_iovlen = 1;
    if (failure == 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), listeners, sizeof(int) * count);
    }
    while (sendmsg(channel, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static int receive_listeners(int channel, int *listeners, size_t count) {
    union control control;
    int failure = 0;
    struct iovec payload = {&failure, sizeof failure};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &payload;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    ssize_t length;
    do { length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC); } while (length < 0 && errno == EINTR);
    if (length < 0) { return errno; }
    // A child that was killed says nothing.
    if (length != (ssize_t)sizeof failure) { return ECHILD; }
    if (failure != 0) { return failure; }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    // Our own limit of open files makes the kernel drop descriptors.
    if (header == NULL || header->cmsg_type != SCM_RIGHTS) { return EMFILE; }
    size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int taken[SERIN_LINUX_MOST_LISTENERS];
    memcpy(taken, CMSG_DATA(header), received * sizeof(int));
    if (received != count) {
        for (size_t index = 0; index < received; index++) { close(taken[index]); }
        return EMFILE;
    }
    memcpy(listeners, taken, received * sizeof(int));
    return 0;
}

int serin_linux_listen_inside(pid_t process, const uint16_t *ports, size_t count, int *listeners) {
    if (count == 0 || count > SERIN_LINUX_MOST_LISTENERS) { return EINVAL; }
    int network = open_namespace(process, "net");
    if (network < 0) { return errno; }
    // Only those who need it must be able to open it.
    int user = open_namespace(process, "user");
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0) {
        int failure = errno;
        close(network);
        if (user >= 0) { close(user); }
        return failure;
    }
    sigset_t all, before;
    sigfillset(&all);
    // No handler of this process may run in the child.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        int made[SERIN_LINUX_MOST_LISTENERS];
        int failure = join_and_listen(user, network, ports, count, made);
        send_listeners(channel[1], failure, made, count);
        _exit(0);
    }
    int failure = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(channel[1]);
    close(network);
    if (user >= 0) { close(user); }
    if (failure == 0) {
        failure = receive_listeners(channel[0], listeners, count);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    }
    close(channel[0]);
    return failure;
}
