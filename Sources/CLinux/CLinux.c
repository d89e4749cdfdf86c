#define _GNU_SOURCE
#include "include/CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define CLOSE_RANGE_ON_EXEC (1U << 2)

static int result_of(long value) { return value < 0 ? errno : 0; }

int serin_linux_exchange(const char *one, const char *other) {
    long value;
    do { value = syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE); } while (value < 0 && errno == EINTR);
    return result_of(value);
}

int serin_linux_syncfs(int descriptor) {
    long value;
    do { value = syscall(SYS_syncfs, descriptor); } while (value < 0 && errno == EINTR);
    return result_of(value);
}

int serin_linux_clone(int destination, int source) {
    long value;
    do { value = ioctl(destination, FICLONE, source); } while (value < 0 && errno == EINTR);
    return result_of(value);
}

int serin_linux_memfd(const char *name, int *result) {
    *result = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return result_of(*result);
}

int serin_linux_pidfd(pid_t process, int *result) {
    *result = (int)syscall(SYS_pidfd_open, process, 0);
    return result_of(*result);
}

int serin_linux_peek(pid_t process, int block, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int options = WEXITED | WNOWAIT | (block ? 0 : WNOHANG);
    int failed;
    do {
        failed = waitid(P_PID, (id_t)process, &info, options);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) { return errno; }
    *code = info.si_pid == 0 ? 0 : info.si_code;
    *status = info.si_status;
    return 0;
}

int serin_linux_spawn_attached(
    const char *path, char *const *arguments, char *const *environment, const char *directory, int input, int output,
    pid_t *process) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) { return errno; }
    pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    // No handler of this process may run in the child before its signals are back at their defaults.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        // Between fork and execve only async-signal-safe calls are allowed.
        struct sigaction standard;
        memset(&standard, 0, sizeof standard);
        standard.sa_handler = SIG_DFL;
        for (int number = 1; number < NSIG; number++) { sigaction(number, &standard, NULL); }
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        int failure = 0;
        // The parent may have died before prctl took effect.
        if (getppid() != parent) { _exit(127); }
        // dup2 takes the mark off; none of the three is 0 or 1, which this process itself has open.
        if (input >= 0 && dup2(input, STDIN_FILENO) < 0) { failure = errno; }
        if (failure == 0 && output >= 0 && dup2(output, STDOUT_FILENO) < 0) { failure = errno; }
        // Descriptors that somebody forgot to mark; on kernels before 5.11 those of this program are marked anyway.
        syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_ON_EXEC);
        if (failure == 0 && directory != NULL && chdir(directory) != 0) { failure = errno; }
        if (failure == 0) {
            execve(path, arguments, environment);
            failure = errno;
        }
        ssize_t ignored = write(report[1], &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    int failure = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (failure == 0) {
        ssize_t count;
        do {
            count = read(report[0], &failure, sizeof failure);
        } while (count < 0 && errno == EINTR);
        if (count != (ssize_t)sizeof failure) { failure = 0; }
        if (failure != 0) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(report[0]);
    *process = failure == 0 ? child : -1;
    return failure;
}

static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
#define FORWARDED (sizeof forwarded / sizeof forwarded[0])
static struct sigaction former[FORWARDED];
static _Atomic pid_t target = 0;
static _Atomic int listener = -1;

static void forward(int number, siginfo_t *info, void *context) {
    (void)context;
    int saved = errno;
    pid_t process = atomic_load(&target);
    if (process > 0 && info->si_code != SI_KERNEL) { kill(process, number); }
    int event = atomic_load(&listener);
    uint64_t one = 1;
    if (process > 0 && event >= 0) {
        ssize_t ignored = write(event, &one, sizeof one);
        (void)ignored;
    }
    errno = saved;
}

int serin_linux_forward_signals_to(pid_t process, int event) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = forward;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    pid_t nobody = 0;
    if (!atomic_compare_exchange_strong(&target, &nobody, process)) { return EBUSY; }
    atomic_store(&listener, event);
    for (size_t index = 0; index < FORWARDED; index++) {
        if (sigaction(forwarded[index], &action, &former[index]) != 0) { return errno; }
    }
    return 0;
}

void serin_linux_stop_forwarding(void) {
    if (atomic_exchange(&target, 0) == 0) { return; }
    atomic_store(&listener, -1);
    for (size_t index = 0; index < FORWARDED; index++) { sigaction(forwarded[index], &former[index], NULL); }
}

int serin_linux_pipe(int size, int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) { return errno; }
    // An account may have used up its share of pipe memory: then the pipe stays as small as it is.
    (void)fcntl(ends[1], F_SETPIPE_SZ, size);
    return 0;
}

void serin_linux_widen_pipe(int pipe, int size) {
    int present = fcntl(pipe, F_GETPIPE_SZ);
    if (present > 0 && present < size) { (void)fcntl(pipe, F_SETPIPE_SZ, size); }
}
