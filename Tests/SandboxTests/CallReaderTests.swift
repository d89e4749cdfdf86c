import Platform
import Sandbox
import SystemPackage
import Testing

/// What a system call is understood as; the memory of its caller is foreign data.
@Suite struct CallReaderTests {
  /// Memory with something at some addresses.
  private struct PretendMemory: CallMemory {
    var parts: [UInt64: [UInt8]] = [:]

    func bytes(at address: UInt64, count: Int) -> [UInt8] {
      Array((parts[address] ?? []).prefix(count))
    }
  }

  private let reader = CallReader(files: LocalFileSystem())

  private func touches(_ name: String, _ arguments: [UInt64], _ parts: [UInt64: [UInt8]] = [:]) -> [Touch] {
    reader.touches(
      ObservedCall(process: 1, number: 0, name: name, arguments: arguments), PretendMemory(parts: parts))
  }

  private func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

  @Test func `paths are read, made absolute, and say what they are wanted for`() {
    let path: [UInt64: [UInt8]] = [7: text("/home/../etc//passwd")]
    #expect(touches("openat", [0xffff_ff9c, 7, 0], path) == [.path("/etc/passwd", .read)])
    #expect(touches("openat", [0xffff_ff9c, 7, 0o101], path) == [.path("/etc/passwd", .write)])
    #expect(touches("open", [7, 0o2], path) == [.path("/etc/passwd", .write)])
    #expect(touches("open", [7, 0o10000000], path) == [.path("/etc/passwd", .look)])
    #expect(
      touches("openat2", [0xffff_ff9c, 7, 9], [7: text("/x"), 9: [0o101, 0, 0, 0, 0, 0, 0, 0]])
        == [.path("/x", .write)])
    #expect(
      touches("renameat2", [0, 7, 0, 8], [7: text("/a"), 8: text("/b")]) == [.path("/a", .write), .path("/b", .write)])
    #expect(touches("statx", [0, 7], path) == [.path("/etc/passwd", .look)])
    #expect(touches("execve", [7], path) == [.program("/etc/passwd")])
  }

  @Test func `what has no end or cannot be read is nothing`() {
    #expect(touches("open", [7, 0]).isEmpty)
    #expect(touches("open", [7, 0], [7: Array(repeating: 0x61, count: 5000)]).isEmpty)
    #expect(touches("open", [7, 0], [7: [0]]).isEmpty)
    #expect(touches("open", []).isEmpty)
    #expect(touches("connect", [3, 7, 16], [7: [2]]).isEmpty)
    #expect(touches("connect", [3, 7, 16], [7: [2, 0, 0, 80]]).isEmpty)
    #expect(touches("connect", [3, 7, 16], [7: [99, 0, 0, 80, 1, 2, 3, 4]]).isEmpty)
    #expect(touches("sendmsg", [3, 7]).isEmpty)
    #expect(touches("sendmmsg", [3, .max, .max]).isEmpty)
    #expect(touches("sendto", [3, .max, .max, 0, .max, .max]).isEmpty)
  }

  @Test(arguments: [
    ([1, 2, 3, 4] as [UInt8], "1.2.3.4", false), ([127, 0, 0, 9], "127.0.0.9", true), ([0, 0, 0, 0], "0.0.0.0", true),
  ])
  func `an IPv4 address is named`(address: [UInt8], host: String, isLoopback: Bool) {
    #expect(
      touches("connect", [3, 7, 16], [7: [2, 0, 1, 0xbb] + address])
        == [.connection(host: host, port: 443, isLoopback: isLoopback)])
  }

  @Test(arguments: [
    ([0x26, 6, 0x28, 0, 2, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1] as [UInt8], "[2606:2800:220:1::1]", false),
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "[::1]", true),
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 9, 9, 9, 9], "9.9.9.9", false),
    ([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8], "[1:2:3:4:5:6:7:8]", false),
  ])
  func `an IPv6 address is named`(address: [UInt8], host: String, isLoopback: Bool) {
    let head: [UInt8] = [10, 0, 0, 80, 0, 0, 0, 0]
    #expect(
      touches("connect", [3, 7, 28], [7: head + address])
        == [.connection(host: host, port: 80, isLoopback: isLoopback)])
  }

  @Test func `UNIX sockets of the file system are named, abstract ones are the plugin's own`() {
    #expect(touches("connect", [3, 7, 16], [7: [1, 0] + text("/run/x.sock")]) == [.socketFile("/run/x.sock")])
    #expect(touches("connect", [3, 7, 16], [7: [1, 0, 0] + text("abstract")]).isEmpty)
  }

  private let question: [UInt8] =
    [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("api".utf8) + [7] + Array("Example".utf8) + [3]
    + Array("com".utf8) + [0, 0, 1, 0, 1]

  @Test func `a question to a name server is told by its name`() {
    let server: [UInt8] = [2, 0, 0, 53, 127, 0, 0, 1]
    let connection = Touch.connection(host: "127.0.0.1", port: 53, isLoopback: true)
    #expect(
      touches("sendto", [3, 8, UInt64(question.count), 0, 7, 16], [7: server, 8: question])
        == [connection, .name("api.example.com")])
    // Connected first, as the C library does it.
    #expect(touches("sendto", [5, 8, 60, 0x4000, 0, 0], [8: question]).isEmpty)
    #expect(touches("connect", [5, 7, 16], [7: server]) == [connection])
    #expect(touches("sendto", [5, 8, 60, 0x4000, 0, 0], [8: question]) == [.name("api.example.com")])
    // struct mmsghdr: the parts at 16, their number at 24; struct iovec: address and length.
    func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let head = number(0) + number(0) + number(20) + number(1)
    let part = number(8) + number(UInt64(question.count))
    #expect(
      touches("sendmmsg", [5, 10, 1], [10: head, 20: part, 8: question]) == [.name("api.example.com")])
    // The number belongs to another socket now.
    _ = touches("connect", [5, 7, 16], [7: [2, 0, 0, 80, 127, 0, 0, 1]])
    #expect(touches("sendto", [5, 8, 60, 0x4000, 0, 0], [8: question]).isEmpty)
  }

  @Test(arguments: 0..<64 as Range<Int>)
  func `a damaged question is no name or another one, never a crash`(index: Int) {
    let server: [UInt8] = [2, 0, 0, 53, 9, 9, 9, 9]
    for value: UInt8 in [0, 0x3f, 0x40, 0xc0, 0xff] {
      var damaged = question
      damaged[index % damaged.count] = value
      let cut = Array(damaged.prefix(index))
      for bytes in [damaged, cut] {
        let found = touches("sendto", [3, 8, 512, 0, 7, 16], [7: server, 8: bytes])
        #expect(found.first == .connection(host: "9.9.9.9", port: 53, isLoopback: false))
        #expect(found.count <= 2)
      }
    }
  }

  @Test func `forbidden calls say what was forbidden of them`() {
    #expect(touches("ptrace", [0]) == [.forbidden("ptrace")])
    #expect(touches("socket", [40, 1, 0]) == [.forbidden("socket AF_VSOCK, protocol 0")])
    #expect(touches("socket", [99, 1, 0]) == [.forbidden("socket family 99, protocol 0")])
    #expect(touches("clone", [0x1000_0011]) == [.forbidden("clone with new namespaces")])
    #expect(touches("ioctl", [0, 0x1_0000_5412]) == [.forbidden("ioctl TIOCSTI")])
  }
}
