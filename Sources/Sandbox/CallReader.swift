package import Platform
import Synchronization
import SystemPackage

/// Reads out of a system call what its caller wants.
package final class CallReader: Sendable {
  /// The longest path in bytes (PATH_MAX).
  private static let longestPath = 4096
  /// The most messages of one `sendmmsg` that are looked at.
  private static let mostMessages: UInt64 = 4
  /// The most sockets that are remembered as asking for names.
  private static let mostSockets = 256
  /// AT_FDCWD as the lower half of an argument.
  private static let workingFolder = UInt32(bitPattern: -100)

  private struct Socket: Hashable {
    let process: Int32
    let number: UInt64
  }

  private let files: any FileSystem
  private let nameSockets = Mutex<Set<Socket>>([])

  /// Makes a reader; relative paths start from where `/proc` of these files says.
  package init(files: any FileSystem) { self.files = files }

  /// What a call wants; nothing when its memory cannot be read.
  package func touches(_ call: ObservedCall, _ memory: any CallMemory) -> [Touch] {
    switch call.name {
    case "exit_group": [.exit]
    case "execve": path(call, memory, folder: nil, path: 0).map { [.program($0)] } ?? []
    case "execveat": path(call, memory, folder: 0, path: 1).map { [.program($0)] } ?? []
    case "connect": connection(call, memory)
    case "sendto":
      datagram(
        call, address: call[4], length: call[5], content: memory.bytes(at: call[1], count: size(call[2])), memory)
    case "sendmsg": message(call, at: call[1], memory)
    case "sendmmsg": (0..<min(call[2], Self.mostMessages)).flatMap { message(call, at: call[1] &+ 64 &* $0, memory) }
    default:
      if let arguments = SeccompCalls.paths[call.name] {
        arguments.compactMap { touch(call, memory, $0) }
      } else {
        [.forbidden(ForbiddenCall.description(of: call))]
      }
    }
  }

  // MARK: Paths

  private func touch(_ call: ObservedCall, _ memory: any CallMemory, _ argument: SeccompCalls.PathArgument) -> Touch? {
    guard let path = path(call, memory, folder: argument.folder, path: argument.path) else { return nil }
    switch argument.use {
    case .look: return .path(path, .look)
    case .read: return .path(path, .read)
    case .write: return .path(path, .write)
    case .flags(let index): return .path(path, Self.purpose(call[index]))
    case .how(let index): return .path(path, Self.purpose(Bytes.number(memory.bytes(at: call[index], count: 8), 0, 8)))
    }
  }

  /// What the flags of `open` say: anything but reading may make or change the file, and O_PATH only looks at it.
  private static func purpose(_ flags: UInt64) -> Touch.Purpose {
    let creates: UInt64 = 0o100
    let truncates: UInt64 = 0o1000
    let onlyLooks: UInt64 = 0o10000000
    if flags & onlyLooks != 0 { return .look }
    return flags & 0o3 != 0 || flags & (creates | truncates) != 0 ? .write : .read
  }

  /// The path in an argument, absolute and without dots; links in it stay what they are.
  private func path(_ call: ObservedCall, _ memory: any CallMemory, folder: Int?, path: Int) -> String? {
    let bytes = memory.bytes(at: call[path], count: Self.longestPath)
    guard let end = bytes.firstIndex(of: 0), end > 0 else { return nil }
    let text = String(decoding: bytes[..<end], as: UTF8.self)
    if bytes[0] == UInt8(ascii: "/") {
      return Self.isNormal(bytes[..<end]) ? text : FilePath(text).lexicallyNormalized().string
    }
    let number = folder.map { UInt32(truncatingIfNeeded: call[$0]) } ?? Self.workingFolder
    let link = number == Self.workingFolder ? "cwd" : "fd/\(number)"
    guard let start = try? files.readLink(FilePath("/proc/\(call.process)/\(link)")), start.isAbsolute else {
      return nil
    }
    return start.appending(text).lexicallyNormalized().string
  }

  /// Whether an absolute path has no part that is empty or begins with a dot: nearly all of them, thousands of times.
  private static func isNormal(_ path: ArraySlice<UInt8>) -> Bool {
    var previous: UInt8 = 0
    for byte in path {
      if previous == UInt8(ascii: "/"), byte == previous || byte == UInt8(ascii: ".") { return false }
      previous = byte
    }
    return path.count == 1 || previous != UInt8(ascii: "/")
  }

  // MARK: Network

  private func connection(_ call: ObservedCall, _ memory: any CallMemory) -> [Touch] {
    guard let address = CalledAddress(memory.bytes(at: call[1], count: min(size(call[2]), CalledAddress.longest)))
    else {
      return []
    }
    let socket = Socket(process: call.process, number: call[0])
    nameSockets.withLock { sockets in
      if address.port == DNSQuestion.port, sockets.count < Self.mostSockets {
        sockets.insert(socket)
      } else {
        sockets.remove(socket)
      }
    }
    return address.touch.map { [$0] } ?? []
  }

  private func message(_ call: ObservedCall, at address: UInt64, _ memory: any CallMemory) -> [Touch] {
    // struct msghdr: name, its length, parts, their number, 8 bytes each.
    let head = memory.bytes(at: address, count: 32)
    guard head.count == 32 else { return [] }
    let (parts, count) = (Bytes.number(head, 16, 8), Bytes.number(head, 24, 8))
    var content: [UInt8] = []
    if count > 0 {
      let part = memory.bytes(at: parts, count: 16)
      content = memory.bytes(at: Bytes.number(part, 0, 8), count: size(Bytes.number(part, 8, 8)))
    }
    return datagram(
      call, address: Bytes.number(head, 0, 8), length: Bytes.number(head, 8, 4), content: content, memory)
  }

  /// What goes to an address of its own, or to where the socket is connected: of that only questions for names say
  /// something that `connect` has not said.
  private func datagram(
    _ call: ObservedCall, address: UInt64, length: UInt64, content: [UInt8], _ memory: any CallMemory
  ) -> [Touch] {
    guard address != 0 else {
      let asksForNames = nameSockets.withLock { $0.contains(Socket(process: call.process, number: call[0])) }
      return asksForNames ? DNSQuestion.name(in: content).map { [.name($0)] } ?? [] : []
    }
    guard
      let address = CalledAddress(memory.bytes(at: address, count: min(size(length), CalledAddress.longest)))
    else { return [] }
    let touches = address.touch.map { [$0] } ?? []
    guard address.port == DNSQuestion.port, let name = DNSQuestion.name(in: content) else { return touches }
    return touches + [.name(name)]
  }

  private func size(_ argument: UInt64) -> Int { Int(min(argument, DNSQuestion.longest)) }
}

/// Numbers in the memory of a process of this machine, whose order of bytes is this one's.
enum Bytes {
  /// The little-endian number of so many bytes; bytes that are missing count as 0.
  static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes.dropFirst(offset).prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
