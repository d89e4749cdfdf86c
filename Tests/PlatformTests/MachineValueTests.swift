import Dispatch
import Glibc
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct `What is known about the machine` {
  @Test func `folders follow the variables`() {
    let bare = Folders(environment: ["HOME": "/home/ada"])
    #expect(bare.config == "/home/ada/.config/serin")
    #expect(bare.keys == "/home/ada/.config/serin/keys")
    #expect(bare.data == "/home/ada/.local/share/serin")
    #expect(bare.host == bare.data)
    #expect(bare.runtime == nil)
    let full = Folders(environment: [
      "HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "/x", "XDG_STATE_HOME": "/s",
      "XDG_RUNTIME_DIR": "/r", "SERIN_HOME": "/serin",
    ])
    #expect([full.config, full.data, full.cache, full.state] == ["/c/serin", "/d/serin", "/x/serin", "/s/serin"])
    #expect(full.runtime == "/r/serin")
    #expect(full.host == "/serin")
    let relative = Folders(environment: ["HOME": "x", "XDG_DATA_HOME": "data", "SERIN_HOME": ""], home: "/home/bob")
    #expect(relative.host == "/home/bob/.local/share/serin", "relative values are ignored")
  }

  @Test func `account, limits and memory are plausible`() {
    #expect(UserAccount.current.uid == geteuid())
    #expect(UserAccount.current.home.isAbsolute)
    let limits = MachineLimits.current
    #expect(limits.processors >= 1)
    #expect(limits.memory > 64 << 20)
    #expect(limits.openFiles > 16)
    #expect(limits.bootID.utf8.count == 36)
    #expect(MemoryUse.peak > 1 << 20)
    #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    #expect(SecureRandom.hex(bytes: 4).utf8.count == 8)
  }

  @Test func `a pipe is no terminal and takes no colour`() async throws {
    let info = TerminalInfo.current(environment: ["NO_COLOR": "1", "TERM": "xterm"])
    #expect(!info.wantsColor)
  }
}

@Suite(.timeLimit(.minutes(1))) struct `Passphrases` {
  @Test func `are the first line of a file`() throws {
    let scratch = try Scratch()
    for (text, expected) in [("secret\nmore", "secret"), ("secret", "secret"), ("a b\r\n", "a b")] {
      let path = try scratch.write(text, to: "file")
      #expect(try PassphraseReader.read(file: path) == Array(expected.utf8))
    }
    let longest = String(repeating: "x", count: PassphraseReader.limit)
    #expect(try PassphraseReader.read(file: scratch.write(longest, to: "file")).count == 1024)
    func failure(_ text: String) throws -> PassphraseError? {
      let path = try scratch.write(text, to: "file")
      return #expect(throws: PassphraseError.self) { try PassphraseReader.read(file: path) }
    }
    #expect(try failure(longest + "x") == .tooLong(limit: 1024))
    #expect(try failure("") == .empty)
    #expect(try failure("\nx") == .empty)
    let missing = #expect(throws: PassphraseError.self) { try PassphraseReader.read(file: scratch / "no") }
    #expect(missing == .file(FileError(operation: "open", path: scratch / "no", reason: .notFound)))
  }

  @Test func `come from a descriptor line by line`() throws {
    let pipe = try FileDescriptor.pipe()
    try pipe.writeEnd.writeAll("one\ntwo\n".utf8)
    try pipe.writeEnd.close()
    #expect(try PassphraseReader.read(descriptor: pipe.readEnd.rawValue) == Array("one".utf8))
    #expect(try PassphraseReader.read(descriptor: pipe.readEnd.rawValue) == Array("two".utf8))
    try pipe.readEnd.close()
    #expect(throws: PassphraseError.self) { try PassphraseReader.read(descriptor: pipe.readEnd.rawValue) }
  }

  @Test func `can be wiped`() {
    var bytes: [UInt8] = [1, 2, 3]
    PassphraseReader.wipe(&bytes)
    #expect(bytes.isEmpty)
  }

  @Test(arguments: [
    ("secret\n", PassphraseError?.none), ("secrx\u{7f}et\r", nil), ("wrong\u{15}secret\n", nil),
    ("secreté\u{7f}t\u{8}\n", nil), ("secret\u{3}", .cancelled), ("\u{4}", .cancelled), ("\n", .empty),
    (String(repeating: "x", count: 1025), .tooLong(limit: 1024)),
  ])
  func `are typed at a terminal that stays silent and is left as it was`(
    typed: String, failure: PassphraseError?
  ) async throws {
    let terminal = try PseudoTerminal()
    let before = terminal.localModes
    async let asked = ask(at: terminal.path)
    #expect(try await terminal.read(12) == Array("Passphrase: ".utf8))
    #expect(terminal.localModes & tcflag_t(ECHO) == 0)
    try terminal.write(typed)
    let expected: Result<[UInt8], PassphraseError> = failure.map { .failure($0) } ?? .success(Array("secret".utf8))
    #expect(await asked == expected)
    #expect(try await terminal.read(2) == [13, 10], "nothing but the end of the line is shown")
    #expect(terminal.localModes == before)
  }

  /// Asking blocks, so it gets a thread of its own.
  private func ask(at terminal: FilePath) async -> Result<[UInt8], PassphraseError> {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "ask").async {
        continuation.resume(
          returning: Result { () throws(PassphraseError) in
            try PassphraseReader.ask("Passphrase: ", terminal: terminal)
          })
      }
    }
  }

  @Test func `need a terminal to ask at`() {
    let error = #expect(throws: PassphraseError.self) { try PassphraseReader.ask("", terminal: "/dev/null") }
    #expect(error == .noTerminal)
  }
}

/// Both ends of a terminal; the test holds the far end.
private final class PseudoTerminal: Sendable {
  let path: FilePath
  private let near: FileDescriptor
  private let far: FileDescriptor

  init() throws {
    far = try FileDescriptor.open(FilePath("/dev/ptmx"), .readWrite, options: [.closeOnExec, .nonBlocking])
    var (locked, number): (Int32, UInt32) = (0, 0)
    // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h: unlock the near end, ask for its number.
    try #require(unsafe ioctl(far.rawValue, 0x4004_5431, &locked) == 0)
    try #require(unsafe ioctl(far.rawValue, 0x8004_5430, &number) == 0)
    path = FilePath("/dev/pts/\(number)")
    near = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec, .noFollow])
  }

  deinit {
    try? near.close()
    try? far.close()
  }

  var localModes: tcflag_t {
    var modes = termios()
    unsafe _ = tcgetattr(near.rawValue, &modes)
    return modes.c_lflag
  }

  func read(_ count: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var buffer = [UInt8](repeating: 0, count: count - bytes.count)
      do {
        let filled = try unsafe buffer.withUnsafeMutableBytes { try unsafe far.read(into: $0) }
        bytes += buffer[..<filled]
      } catch Errno.resourceTemporarilyUnavailable {
        await Task.yield()
      }
    }
    return bytes
  }

  func write(_ text: String) throws { try far.writeAll(text.utf8) }
}
