import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Talking with a command` {
  let runner = SubprocessRunner()

  @Test func `lines go in and out until the input is closed`() async throws {
    let status = try await runner.withSession(Command(executable: "cat")) { session in
      for text in ["one", "two", ""] {
        try await session.send(Array((text + "\n").utf8))
        #expect(await session.line() == .line(Array(text.utf8)))
      }
      try await session.send(Array("the rest".utf8))
      await session.closeInput()
      #expect(await session.line() == .line(Array("the rest".utf8)))
      #expect(await session.line() == .closed)
      #expect(await session.line() == .closed)
      return await session.wait(timeout: .seconds(10))
    }
    #expect(status == .exited(0))
  }

  @Test func `a line that is too long is dropped, and only that one`() async throws {
    let script = "printf '12345\\n123456\\n1\\n'; head -c 2000000 /dev/zero; printf '\\n2\\n123456'"
    try await runner.withSession(shell(script)) { session in
      let expected: [LineEvent] = [
        .line(Array("12345".utf8)), .tooLong, .line([49]), .tooLong, .line([50]), .tooLong, .closed,
      ]
      for event in expected { #expect(await session.nextLine(limit: 5, timeout: .seconds(30)) == event) }
    }
  }

  @Test func `a line longer than the buffer arrives when it may`() async throws {
    try await runner.withSession(shell("head -c 2000000 /dev/zero; echo; echo end")) { session in
      guard case .line(let bytes) = await session.nextLine(limit: 2_000_000, timeout: .seconds(30)) else {
        Issue.record("the line did not arrive")
        return
      }
      #expect(bytes.count == 2_000_000)
      #expect(await session.line() == .line(Array("end".utf8)))
    }
  }

  @Test func `waiting too short loses nothing`() async throws {
    try await runner.withSession(shell("printf hel; read x; echo lo")) { session in
      #expect(await session.nextLine(limit: 100, timeout: .milliseconds(100)) == .timedOut)
      try await session.send([10])
      #expect(await session.line() == .line(Array("hello".utf8)))
    }
  }

  @Test func `standard error is counted and its end kept`() async throws {
    let script = "head -c 1000000 /dev/zero >&2; printf 'the end' >&2; echo done"
    try await runner.withSession(shell(script)) { session in
      #expect(await session.line() == .line(Array("done".utf8)))
      #expect(await session.wait(timeout: .seconds(10)) == .exited(0))
      while session.stderrBytes < 1_000_007 { await Task.yield() }
      #expect(session.stderrBytes == 1_000_007)
      #expect(session.stderrTail.count == 64 * 1024)
      #expect(session.stderrTail.suffix(7) == Array("the end".utf8)[...])
    }
  }

  @Test func `a command that writes without end waits for its reader`() async throws {
    // The child writes until nobody has taken anything for a while, then says how far it came.
    let script = """
      import os, select, sys
      total = 0
      os.set_blocking(1, False)
      while select.select([], [1], [], 0.5)[1]: total += os.write(1, b"0123456789abcde\\n" * 100)
      sys.stderr.write("%d" % total)
      """
    let command = Command(executable: "python3", arguments: ["-c", script], environment: .inherit)
    try await runner.withSession(command) { session in
      #expect(await session.wait(timeout: .seconds(30)) == .exited(0))
      while session.stderrBytes == 0 { await Task.yield() }
      let total = try #require(Int(String(decoding: session.stderrTail, as: UTF8.self)))
      #expect(total < 1 << 20, "\(total) bytes were taken without a reader")
      var lines = 0
      while await session.line() == .line(Array("0123456789abcde".utf8)) { lines += 1 }
      #expect(lines == total / 16)
    }
  }

  @Test func `messages of several senders are not mixed`() async throws {
    try await runner.withSession(Command(executable: "cat")) { session in
      let count = 300_000
      await withTaskGroup(of: Void.self) { group in
        for letter in UInt8(97)...100 {
          group.addTask { try? await session.send([UInt8](repeating: letter, count: count) + [10]) }
        }
        for _ in 0..<4 {
          guard case .line(let bytes) = await session.nextLine(limit: count, timeout: .seconds(30)) else {
            Issue.record("a message is missing")
            return
          }
          #expect(bytes.count == count)
          #expect(Set(bytes).count == 1)
        }
      }
    }
  }

  @Test func `a command that does not read is given up`() async throws {
    let message = [UInt8](repeating: 1, count: 1 << 20)
    try await runner.withSession(shell("sleep 1000")) { session in
      let error = await #expect(throws: ProcessError.self) {
        try await session.send(message, timeout: .milliseconds(200))
      }
      #expect(error == .inputStuck(executable: "/bin/sh", after: .milliseconds(200)))
    }
    try await runner.withSession(Command(executable: "true")) { session in
      #expect(await session.wait(timeout: .seconds(10)) == .exited(0))
      let error = await #expect(throws: ProcessError.self) { try await session.send(message) }
      #expect(error == .inputClosed(executable: "true"))
    }
  }

  @Test func `ending takes the group along, by force if need be`() async throws {
    let script = "trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1; done"
    let grandchild = try await runner.withSession(shell(script)) { session in
      guard case .line(let line) = await session.line() else { return "" }
      #expect(await session.wait(timeout: .milliseconds(10)) == nil)
      #expect(await session.terminate(grace: .milliseconds(200)) == .signalled(9))
      #expect(await session.terminate() == .signalled(9))
      return String(decoding: line, as: UTF8.self)
    }
    #expect(!grandchild.isEmpty)
    #expect(!isRunning(grandchild))
  }

  @Test func `nobody stays behind when the body ends, throws or is cancelled`() async throws {
    struct Stop: Error {}
    let script = "sleep 1000 & echo $$ $!; wait"
    let notes = try Scratch()
    let ended = try await runner.withSession(shell(script)) { await pids($0) }
    #expect(ended.count == 2)
    #expect(!ended.contains(where: isRunning))
    await #expect(throws: Stop.self) {
      try await runner.withSession(shell(script)) { session in
        try notes.write(await pids(session).joined(separator: " "), to: "thrown")
        throw Stop()
      }
    }
    let task = Task {
      try await runner.withSession(shell(script)) { session in
        try notes.write(await pids(session).joined(separator: " "), to: "cancelled")
        return await session.nextLine(limit: 100, timeout: .seconds(1000))
      }
    }
    while !((try? notes.text("cancelled").contains(" ")) ?? false) { await Task.yield() }
    task.cancel()
    _ = await task.result
    for note in ["thrown", "cancelled"] {
      #expect(try !notes.text(note).split(separator: " ").contains { isRunning(String($0)) })
    }
  }

  private func pids(_ session: any ProcessSession) async -> [String] {
    guard case .line(let line) = await session.line() else { return [] }
    return String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
  }
}

extension ProcessSession {
  fileprivate func line() async -> LineEvent { await nextLine(limit: 10_000, timeout: .seconds(30)) }
}
