import Dispatch
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Platform

/// A lane that lets everything pass, with a few rules of its own.
final class TestLane: StreamLane {
  private let seen = Mutex(0)
  /// A line that is answered to whoever wrote it, and what the answer is.
  let answers: [String: [UInt8]]

  init(answers: [String: [UInt8]] = [:]) { self.answers = answers }

  var count: Int { seen.withLock { $0 } }

  func take(_ buffer: [UInt8], _ count: Int) -> LaneOutput {
    seen.withLock { $0 += count }
    guard !answers.isEmpty, let answer = answers[String(decoding: buffer[..<count], as: UTF8.self)] else {
      return LaneOutput(all: count)
    }
    var output = LaneOutput()
    output.answer(answer)
    return output
  }

  func passed(_ buffer: [UInt8], _ count: Int) {}

  func ended() -> LaneOutput { LaneOutput() }
}

/// A command whose streams are relayed to two pipes of a test.
struct RelayedCommand {
  /// What stands for the client: it goes with the last reference.
  final class Client: Sendable {
    private let ends: Mutex<(input: Descriptor?, output: Descriptor?)>

    init(_ input: Descriptor, _ output: Descriptor) { ends = Mutex((input, output)) }

    func closeInput() { ends.withLock { $0.input = nil } }
    func closeOutput() { ends.withLock { $0.output = nil } }

    func write(_ bytes: [UInt8]) throws(FileError) {
      guard let input = ends.withLock({ $0.input }) else { return }
      try input.write(unsafe bytes.span.bytes, path: "the command")
    }

    /// Reads what is there, at least a byte; empty at the end.
    func read() -> [UInt8] {
      guard let output = ends.withLock({ $0.output }) else { return [] }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      return Array(buffer[..<((try? output.read(into: &buffer, path: "the command")) ?? 0)])
    }
  }

  final class Departures: Sendable {
    private let seen = Mutex<[ClientDeparture]>([])
    var all: [ClientDeparture] { seen.withLock { $0 } }
    func add(_ departure: ClientDeparture) { seen.withLock { $0.append(departure) } }
  }

  let client: Client
  let inward: TestLane
  let outward = TestLane()
  let departures = Departures()
  let run: Task<ProcessStatus, any Error>

  init(_ script: String, answers: [String: [UInt8]] = [:]) throws {
    BrokenPipes.areIgnored
    let toCommand = try #require(LinuxCalls.pipe(size: 1 << 16))
    let fromCommand = try #require(LinuxCalls.pipe(size: 1 << 16))
    client = Client(toCommand.writing, fromCommand.reading)
    inward = TestLane(answers: answers)
    // The relay closes what it is given.
    let ends = (
      fcntl(toCommand.reading.number, F_DUPFD_CLOEXEC, 3), fcntl(fromCommand.writing.number, F_DUPFD_CLOEXEC, 3)
    )
    let relay = StreamRelay(toCommand: inward, fromCommand: outward, substitutes: ends) { [departures] departure in
      departures.add(departure)
    }
    let command = shell(script)
    run = Task { try await SubprocessRunner().runAttached(command, relay: relay) }
  }

  /// Writes from a thread of its own, as a client does: it may have to wait.
  func write(_ bytes: [UInt8]) {
    let client = client
    DispatchQueue(label: "writer").async {
      try? client.write(bytes)
      client.closeInput()
    }
  }

  /// Counts what comes until the end and keeps the beginning of it, off the threads of tasks.
  func readAll(keeping limit: Int = 4 << 20) async -> (count: Int, bytes: [UInt8]) {
    let client = client
    return await withCheckedContinuation { continuation in
      DispatchQueue(label: "reader").async {
        var (count, bytes): (Int, [UInt8]) = (0, [])
        while true {
          let part = client.read()
          if part.isEmpty { break }
          count += part.count
          if bytes.count < limit { bytes += part }
        }
        client.closeOutput()
        continuation.resume(returning: (count, bytes))
      }
    }
  }
}

// Signals are handed on for one command at a time: these tests take turns with those of the outer suite.
extension `A command on our own streams` {
  @Suite(.timeLimit(.minutes(2))) struct `A relayed command` {
    @Test func `gets what its client writes, and its client what it writes`() async throws {
      let relayed = try RelayedCommand("cat; exit 3")
      let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
      relayed.write(bytes)
      #expect(await relayed.readAll().bytes == bytes)
      #expect(try await relayed.run.value == .exited(3))
      #expect(relayed.inward.count == bytes.count && relayed.outward.count == bytes.count)
      #expect(relayed.departures.all == [.inputEnded])
    }

    @Test func `that says something before it ends is heard to the last byte`() async throws {
      let relayed = try RelayedCommand("head -c 200000 /dev/zero; kill -9 $$")
      #expect(await relayed.readAll().count == 200_000)
      #expect(try await relayed.run.value == .signalled(9))
      #expect(relayed.departures.all.isEmpty)
    }

    @Test func `waits for a client that does not read`() async throws {
      let relayed = try RelayedCommand("head -c 8000000 /dev/zero")
      // Two pipes and a buffer hold a part of it; the rest stays with the command until somebody reads.
      while relayed.outward.count == 0 { await Task.yield() }
      #expect(relayed.outward.count <= 2 << 20)
      #expect(await relayed.readAll().count == 8_000_000)
      #expect(try await relayed.run.value == .exited(0))
    }

    @Test func `holds up a client that it does not read from`() async throws {
      let scratch = try Scratch()
      let ready = scratch / "ready"
      let relayed = try RelayedCommand("echo > \(ready); while [ -e \(ready) ]; do sleep 0.01; done; wc -c")
      while (try? scratch.read("ready")) == nil { await Task.yield() }
      relayed.write([UInt8](repeating: 1, count: 8_000_000))
      while relayed.inward.count == 0 { await Task.yield() }
      #expect(relayed.inward.count <= 2 << 20)
      try LocalFileSystem().remove(ready)
      #expect(String(decoding: await relayed.readAll().bytes, as: UTF8.self) == "8000000\n")
      #expect(try await relayed.run.value == .exited(0))
    }

    @Test func `whose client reads no more is told so by its own writing`() async throws {
      let relayed = try RelayedCommand("trap '' PIPE; while echo y; do :; done 2>/dev/null; exit 7")
      relayed.client.closeOutput()
      #expect(try await relayed.run.value == .exited(7))
      #expect(relayed.departures.all.contains(.gone))
    }

    @Test func `is asked to leave when its client is gone while nothing is said`() async throws {
      let relayed = try RelayedCommand("read line; exit 5")
      relayed.client.closeOutput()
      // Its input ends although the client still holds the other end.
      #expect(try await relayed.run.value == .exited(5))
      #expect(relayed.departures.all.contains(.gone))
    }

    @Test func `that closes its input leaves its client with a broken pipe`() async throws {
      let relayed = try RelayedCommand("exec 0<&-; while :; do sleep 0.01; done")
      var failure: FileError?
      while failure == nil {
        do { try relayed.client.write([1]) } catch { failure = error }
        await Task.yield()
      }
      #expect(failure?.reason == .other(EPIPE))
      relayed.run.cancel()
      _ = await relayed.readAll()
      _ = await relayed.run.result
    }

    @Test(arguments: [SIGTERM, SIGINT]) func `gets no more input after a signal`(number: Int32) async throws {
      signal(number, SIG_IGN)
      let scratch = try Scratch()
      let relayed = try RelayedCommand("trap '' \(number); echo > \(scratch / "ready"); cat > /dev/null; exit 6")
      while (try? scratch.read("ready"))?.isEmpty ?? true { await Task.yield() }
      let sender = Task {
        while !Task.isCancelled {
          kill(getpid(), number)
          try? await SystemClock().sleep(for: .milliseconds(20))
        }
      }
      #expect(try await relayed.run.value == .exited(6))
      sender.cancel()
      await sender.value
      #expect(relayed.departures.all.contains(.gone))
    }

    @Test func `is answered for between two lines, never inside one`() async throws {
      // The command writes half a line, waits for a word, and writes the rest.
      let relayed = try RelayedCommand(
        "printf half; read word; printf 'whole\\n'; read word; echo end", answers: ["ask\n": Array("answer\n".utf8)])
      #expect(String(decoding: relayed.client.read(), as: UTF8.self) == "half")
      try relayed.client.write(Array("ask\n".utf8))
      while relayed.inward.count < 4 { await Task.yield() }
      try relayed.client.write(Array("go\n".utf8))
      while relayed.inward.count < 7 { await Task.yield() }
      try relayed.client.write(Array("go\n".utf8))
      #expect(String(decoding: await relayed.readAll().bytes, as: UTF8.self) == "whole\nanswer\nend\n")
      #expect(try await relayed.run.value == .exited(0))
    }

    @Test func `that floods its client is slowed down to its pace`() async throws {
      let relayed = try RelayedCommand("head -c 268435456 /dev/zero")
      #expect(await relayed.readAll().count == 268_435_456)
      #expect(try await relayed.run.value == .exited(0))
    }
  }
}
