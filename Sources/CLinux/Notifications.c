#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

// Kernels before 6.6 do not know it: the supervisor then runs on another processor, which only costs time.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1UL

static int result_of(long value) { return value < 0 ? errno : 0; }

int serin_linux_event(int *result) {
    *result = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return result_of(*result);
}

int serin_linux_listen(const char *path, int *result) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) { return ENAMETOOLONG; }
    strcpy(address.sun_path, path);
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) { return errno; }
    if (bind(made, (struct sockaddr *)&address, sizeof address) != 0 || listen(made, 1) != 0) {
        int failure = errno;
        close(made);
        return failure;
    }
    *result = made;
    return 0;
}

/// Waits for one of two descriptors: 0 when the first has something, ECANCELED when the second has.
static int wait_for(int wanted, int stop, short *events) {
    struct pollfd both[2] = {{.fd = wanted, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    int count;
    do { count = poll(both, 2, -1); } while (count < 0 && errno == EINTR);
    if (count < 0) { return errno; }
    *events = both[0].revents;
    return both[0].revents != 0 ? 0 : ECANCELED;
}

/// A seccomp listener says of an unknown call that there is none; everything else does not know the question.
static int is_listener(int descriptor) {
    uint64_t none = 0;
    return ioctl(descriptor, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) != 0 && errno == ENOENT;
}

int serin_linux_receive_listener(int socket, int stop, int *result) {
    *result = -1;
    short events = 0;
    int failure = wait_for(socket, stop, &events);
    if (failure != 0) { return failure; }
    int connection = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) { return errno; }
    failure = wait_for(connection, stop, &events);
    if (failure == 0) {
        char text[4096];
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(8 * sizeof(int))];
        } control;
        struct iovec part = {.iov_base = text, .iov_len = sizeof text};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0) { failure = errno; }
        for (struct cmsghdr *item = failure == 0 ? CMSG_FIRSTHDR(&message) : NULL; item != NULL;
             item = CMSG_NXTHDR(&message, item)) {
            if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) { continue; }
            size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t index = 0; index < count; index++) {
                int descriptor;
                memcpy(&descriptor, CMSG_DATA(item) + index * sizeof descriptor, sizeof descriptor);
                if (*result < 0 && is_listener(descriptor)) { *result = descriptor; } else { close(descriptor); }
            }
        }
        if (failure == 0 && *result < 0) { failure = EBADF; }
    }
    close(connection);
    if (*result >= 0) { ioctl(*result, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP); }
    return failure;
}

int serin_linux_next_notification(int listener, int stop, struct serin_linux_notification *result) {
    // The kernel may know a longer structure than this program; it must be zero before each call.
    union {
        struct seccomp_notif notification;
        char room[512];
    } buffer;
    for (;;) {
        short events = 0;
        int failure = wait_for(listener, stop, &events);
        if (failure != 0) { return failure; }
        if ((events & POLLIN) == 0) { return EPIPE; }
        memset(&buffer, 0, sizeof buffer);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer.notification) == 0) { break; }
        // ENOENT: the caller was killed before anybody looked.
        if (errno != EINTR && errno != ENOENT) { return errno; }
    }
    result->id = buffer.notification.id;
    result->process = (int32_t)buffer.notification.pid;
    result->number = buffer.notification.data.nr;
    for (int index = 0; index < 6; index++) { result->arguments[index] = buffer.notification.data.args[index]; }
    return 0;
}

int serin_linux_answer(int listener, uint64_t id, int number) {
    union {
        struct seccomp_notif_resp answer;
        char room[512];
    } buffer;
    memset(&buffer, 0, sizeof buffer);
    buffer.answer.id = id;
    buffer.answer.error = -number;
    if (number == 0) { buffer.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE; }
    long value;
    do { value = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &buffer.answer); } while (value < 0 && errno == EINTR);
    return result_of(value);
}

int serin_linux_is_waiting(int listener, uint64_t id) {
    return result_of(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
}

int serin_linux_read_memory(pid_t process, uint64_t address, void *buffer, size_t size, size_t *count) {
    enum { page = 4096, most = 65536 / page + 1 };
    struct iovec remote[most];
    size_t wanted = size < 65536 ? size : 65536;
    *count = 0;
    // One part for each page: whatever lies before a page that is not there is read all the same.
    size_t parts = 0;
    for (size_t done = 0; done < wanted && parts < most; parts++) {
        size_t rest = page - (size_t)((address + done) % page);
        if (rest > wanted - done) { rest = wanted - done; }
        remote[parts].iov_base = (void *)(uintptr_t)(address + done);
        remote[parts].iov_len = rest;
        done += rest;
    }
    struct iovec local = {.iov_base = buffer, .iov_len = wanted};
    ssize_t value = process_vm_readv(process, &local, 1, remote, parts, 0);
    if (value < 0) { return errno; }
    *count = (size_t)value;
    return 0;
}
