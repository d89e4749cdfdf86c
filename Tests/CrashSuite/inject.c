/* Runs a program and cuts short one of its system calls that change files below a folder.
 *
 *   inject ROOT REPORT FAULT K PROGRAM [ARGUMENT...]
 *
 * FAULT is count, kill-before, kill-after, short, lie, or an error number such as 28. The K-th such call (from 1, over
 * all threads of the program, in the order in which they are begun) is the one, or the first one whose path has the
 * ending that follows an @; the program's children run on their own. `short`
 * lets a write take only half of its bytes; `lie` leaves a call out and says it was done. REPORT gets one line a call,
 * "number name path", and ends with "hit NAME PATH" or "missed". Exits as the program does, with 137 when killed.
 *
 * strace numbers the calls of each thread for itself and can lie about a short write but not make one; the tests
 * compare what this counts with what strace sees.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_THREADS 512
#define MAX_PATH 4096

enum kind { FD, PATH, AT, TWO_PATHS, TWO_AT, LAST_PATH, LAST_AT, OPEN, OPENAT, CLONE, COPY };
struct call { long number; const char *name; enum kind kind; int writes; };
static const struct call calls[] = {
#ifdef SYS_open
    {SYS_open, "open", OPEN, 0}, {SYS_creat, "creat", PATH, 0}, {SYS_rename, "rename", TWO_PATHS, 0},
    {SYS_link, "link", TWO_PATHS, 0}, {SYS_symlink, "symlink", LAST_PATH, 0}, {SYS_unlink, "unlink", PATH, 0},
    {SYS_mkdir, "mkdir", PATH, 0}, {SYS_rmdir, "rmdir", PATH, 0}, {SYS_chmod, "chmod", PATH, 0},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "renameat", TWO_AT, 0},
#endif
    {SYS_openat, "openat", OPENAT, 0}, {SYS_write, "write", FD, 1}, {SYS_pwrite64, "pwrite64", FD, 1},
    {SYS_writev, "writev", FD, 2}, {SYS_pwritev, "pwritev", FD, 2}, {SYS_fsync, "fsync", FD, 0},
    {SYS_fdatasync, "fdatasync", FD, 0}, {SYS_syncfs, "syncfs", FD, 0}, {SYS_ftruncate, "ftruncate", FD, 0},
    {SYS_fallocate, "fallocate", FD, 0}, {SYS_fchmod, "fchmod", FD, 0}, {SYS_truncate, "truncate", PATH, 0},
    {SYS_renameat2, "renameat2", TWO_AT, 0}, {SYS_linkat, "linkat", TWO_AT, 0},
    {SYS_symlinkat, "symlinkat", LAST_AT, 0}, {SYS_unlinkat, "unlinkat", AT, 0}, {SYS_mkdirat, "mkdirat", AT, 0},
    {SYS_fchmodat, "fchmodat", AT, 0}, {SYS_ioctl, "ioctl", CLONE, 0},
    {SYS_copy_file_range, "copy_file_range", COPY, 0},
};

struct thread {
    pid_t id;
    int kill_after, replaced, shortened; /* what is to be done when the call returns */
    long long result;
    unsigned long long length;
};
static struct thread threads[MAX_THREADS];
static char root[MAX_PATH];
static FILE *report;
static long fault_error, wanted, counted;
static const char *fault, *ending;
static char hit[MAX_PATH + 64];

static struct thread *thread_of(pid_t id) {
    struct thread *unused = NULL;
    for (int index = 0; index < MAX_THREADS; index++) {
        if (threads[index].id == id) { return &threads[index]; }
        if (threads[index].id == 0 && unused == NULL) { unused = &threads[index]; }
    }
    if (unused == NULL) { fprintf(stderr, "inject: too many threads\n"); exit(125); }
    memset(unused, 0, sizeof *unused);
    unused->id = id;
    return unused;
}

static void read_text(pid_t id, unsigned long long address, char *text, size_t size) {
    size_t done = 0;
    while (done + 1 < size) {
        /* Never across the end of a page, behind which nothing may be. */
        size_t room = 256 - (address + done) % 256;
        if (room > size - 1 - done) { room = size - 1 - done; }
        struct iovec here = {text + done, room}, there = {(void *)(address + done), room};
        ssize_t count = process_vm_readv(id, &here, 1, &there, 1, 0);
        if (count <= 0) { break; }
        if (memchr(text + done, 0, (size_t)count) != NULL) { return; }
        done += (size_t)count;
    }
    text[done] = 0;
}

static void link_of(pid_t id, const char *what, char *text, size_t size) {
    char place[64];
    snprintf(place, sizeof place, "/proc/%d/%s", id, what);
    ssize_t count = readlink(place, text, size - 1);
    text[count < 0 ? 0 : count] = 0;
}

static void path_of_fd(pid_t id, int number, char *text, size_t size) {
    char what[32];
    snprintf(what, sizeof what, "fd/%d", number);
    link_of(id, number == AT_FDCWD ? "cwd" : what, text, size);
}

static void path_at(pid_t id, int folder, unsigned long long address, char *text, size_t size) {
    char name[MAX_PATH];
    read_text(id, address, name, sizeof name);
    if (name[0] == '/') { snprintf(text, size, "%s", name); return; }
    path_of_fd(id, folder, text, size);
    size_t length = strlen(text);
    snprintf(text + length, size - length, "/%s", name);
}

static int below(const char *path) {
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Whether a call changes something below the root; its path then stands in `path`. */
static int changes(pid_t id, const struct call *call, const uint64_t *a, char *path, size_t size) {
    int flags = 0;
    switch (call->kind) {
    case OPEN: flags = (int)a[1]; path_at(id, AT_FDCWD, a[0], path, size); break;
    case OPENAT: flags = (int)a[2]; path_at(id, (int)a[0], a[1], path, size); break;
    case FD: path_of_fd(id, (int)a[0], path, size); break;
    case COPY: path_of_fd(id, (int)a[2], path, size); break;
    case CLONE: if (a[1] != FICLONE) { return 0; } path_of_fd(id, (int)a[0], path, size); break;
    case PATH: path_at(id, AT_FDCWD, a[0], path, size); break;
    case AT: path_at(id, (int)a[0], a[1], path, size); break;
    case TWO_PATHS: path_at(id, AT_FDCWD, a[1], path, size); break;
    case TWO_AT: path_at(id, (int)a[2], a[3], path, size); break;
    case LAST_PATH: path_at(id, AT_FDCWD, a[1], path, size); break;
    case LAST_AT: path_at(id, (int)a[1], a[2], path, size); break;
    }
    int opens = call->kind == OPEN || call->kind == OPENAT;
    return (!opens || (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)) != 0) && below(path);
}

static void set_registers(pid_t id, int skip, const long long *result, const unsigned long long *third) {
    struct user_regs_struct registers;
    struct iovec place = {&registers, sizeof registers};
    ptrace(PTRACE_GETREGSET, id, NT_PRSTATUS, &place);
#if defined(__x86_64__)
    if (skip) { registers.orig_rax = (unsigned long long)-1; }
    if (result) { registers.rax = (unsigned long long)*result; }
    if (third) { registers.rdx = *third; }
#elif defined(__aarch64__)
    if (skip) {
        int none = -1;
        struct iovec number = {&none, sizeof none};
        ptrace(PTRACE_SETREGSET, id, NT_ARM_SYSTEM_CALL, &number);
    }
    if (result) { registers.regs[0] = (unsigned long long)*result; }
    if (third) { registers.regs[2] = *third; }
#else
#error "inject knows the registers of x86_64 and aarch64"
#endif
    ptrace(PTRACE_SETREGSET, id, NT_PRSTATUS, &place);
}

static void cut_short(struct thread *thread, const struct call *call, const uint64_t *a, pid_t program) {
    if (strcmp(fault, "kill-before") == 0) {
        kill(program, SIGKILL);
    } else if (strcmp(fault, "kill-after") == 0) {
        thread->kill_after = 1;
    } else if (strcmp(fault, "short") == 0) {
        if (call->writes == 0 || a[2] < 2) { strcpy(hit, "unfit"); return; }
        unsigned long long half = call->writes == 2 ? 1 : a[2] / 2;
        thread->shortened = 1;
        thread->length = a[2];
        set_registers(thread->id, 0, NULL, &half);
    } else {
        thread->replaced = 1;
        thread->result = fault_error > 0 ? -fault_error : call->writes == 1 ? (long long)a[2] : 0;
        set_registers(thread->id, 1, NULL, NULL);
    }
}

static int is_wanted(const char *path) {
    if (ending == NULL) { return counted == wanted; }
    size_t length = strlen(path), tail = strlen(ending);
    return hit[0] == 0 && length >= tail && strcmp(path + length - tail, ending) == 0;
}

static void entered(struct thread *thread, const struct __ptrace_syscall_info *info, pid_t program) {
    char path[2 * MAX_PATH];
    for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++) {
        if ((long)info->entry.nr != calls[index].number) { continue; }
        if (!changes(thread->id, &calls[index], info->entry.args, path, sizeof path)) { return; }
        counted += 1;
        fprintf(report, "%ld %s %s\n", counted, calls[index].name, path);
        if (!is_wanted(path)) { return; }
        snprintf(hit, sizeof hit, "hit %s %.4000s", calls[index].name, path);
        if (strcmp(fault, "count") != 0) { cut_short(thread, &calls[index], info->entry.args, program); }
        return;
    }
}

static void left(struct thread *thread, pid_t program) {
    if (thread->kill_after) { kill(program, SIGKILL); }
    if (thread->replaced) { set_registers(thread->id, 0, &thread->result, NULL); }
    if (thread->shortened) { set_registers(thread->id, 0, NULL, &thread->length); }
    thread->kill_after = thread->replaced = thread->shortened = 0;
}

/* Follows the program to its end; the exit code. */
static int follow(pid_t program) {
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) { return 125; }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            memset(thread_of(id), 0, sizeof(struct thread));
            if (id == program) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }
            continue;
        }
        struct thread *thread = thread_of(id);
        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            memset(&info, 0, sizeof info);
            if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) > 0) {
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY) { entered(thread, &info, program); }
                if (info.op == PTRACE_SYSCALL_INFO_EXIT) { left(thread, program); }
            }
            signal = 0;
        } else if (status >> 16 != 0 || signal == SIGSTOP || signal == SIGTRAP) {
            signal = 0; /* a new thread, or the event of its birth */
        }
        ptrace(PTRACE_SYSCALL, id, 0, signal);
    }
}

int main(int count, char **arguments) {
    if (count < 6 || realpath(arguments[1], root) == NULL || (report = fopen(arguments[2], "w")) == NULL) {
        fprintf(stderr, "usage: inject ROOT REPORT FAULT K PROGRAM [ARGUMENT...]\n");
        return 64;
    }
    fault = arguments[3];
    fault_error = strtol(fault, NULL, 10);
    ending = arguments[4][0] == '@' ? arguments[4] + 1 : NULL;
    wanted = strtol(arguments[4], NULL, 10);
    pid_t program = fork();
    if (program == 0) {
        fclose(report);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(arguments[5], arguments + 5);
        _exit(127);
    }
    int status;
    waitpid(program, &status, 0);
    ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    thread_of(program);
    ptrace(PTRACE_SYSCALL, program, 0, 0);
    int code = follow(program);
    fprintf(report, "%s\n", hit[0] ? hit : "missed");
    fclose(report);
    return code;
}
